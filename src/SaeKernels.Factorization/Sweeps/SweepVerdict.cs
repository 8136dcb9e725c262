namespace SaeKernels.Factorization;

/// <summary>Decides what the cells of a sweep show.</summary>
internal sealed class SweepVerdict
{
    /// <summary>A difference from the null counts where chance makes one as large less often than this.</summary>
    public const double Significance = 0.005;

    private readonly IReadOnlyList<SweepCell> cells;
    private readonly SweepOptions options;
    private readonly LevelTable table;

    private SweepVerdict(IReadOnlyList<SweepCell> cells, SweepOptions options)
    {
        this.cells = cells;
        this.options = options;
        this.table = new LevelTable(cells.Where(cell => !cell.Key.IsNull), options);
    }

    /// <summary>Decides.</summary>
    public static SweepResult Decide(IReadOnlyList<SweepCell> cells, SweepOptions options, InformationEdges edges)
    {
        SweepResult undecided = new()
        {
            Verdict = SweepVerdictKind.NoBounce,
            Warnings = SweepWarnings.Always(cells, options),
            Cells = cells,
            Maps = SweepMaps.Of(cells, options),
            Edges = edges,
            Levels = new LevelTable(cells.Where(cell => !cell.Key.IsNull), options).Levels,
        };
        SweepVerdict verdict = new(cells, options);
        return verdict.table.Winner is int winner
            ? verdict.Decide(undecided, winner)
            : undecided with { Warnings = [SweepWarnings.NoCommonLevel, .. undecided.Warnings] };
    }

    private SweepResult Decide(SweepResult undecided, int winner)
    {
        int neighbour = BetterNeighbour(winner);
        double[] margins = this.table.MarginsOver(winner, neighbour);
        double[] bits = this.table.BitsOver(winner, neighbour);
        (double low, double high) = RepeatSpread.Bootstrap(margins);
        SweepResult result = undecided with
        {
            LeastAt = this.options.Latents[winner],
            Bracket = (
                winner > 0 ? this.options.Latents[winner - 1] : null,
                winner + 1 < this.options.Latents.Count ? this.options.Latents[winner + 1] : null),
            Margin = Math.Exp(margins.Average()) - 1,
            MarginInterval = (Math.Exp(low) - 1, Math.Exp(high) - 1),
            MarginBits = bits.Average(),
            MarginBitsInterval = RepeatSpread.Bootstrap(bits),
        };
        if (this.options.HasNull)
        {
            result = CompareWithNull(result, winner);
        }

        bool isBelowNull = !this.options.HasNull || result.InformationPValue < Significance;
        bool isStructured = isBelowNull || result.AgreementPValue < Significance;
        bool isInside = result.Bracket is { Previous: not null, Next: not null };
        SweepVerdictKind kind = isInside
            ? low > 0 && isBelowNull ? SweepVerdictKind.Bounce : SweepVerdictKind.NoBounce
            : isStructured ? SweepVerdictKind.NotBracketed : SweepVerdictKind.NoBounce;
        IEnumerable<string> more = SweepWarnings.Of(
            kind, isStructured && this.options.HasNull, this.options.HasNull, result);
        return result with
        {
            Verdict = kind,
            Latents = kind == SweepVerdictKind.Bounce ? result.LeastAt : null,
            Warnings = [.. more, .. result.Warnings],
        };
    }

    /// <summary>The neighbour whose information is least above the winner's.</summary>
    private int BetterNeighbour(int winner) =>
        this.table.Neighbours(winner).MinBy(neighbour => this.table.MarginsOver(winner, neighbour).Average());

    private SweepResult CompareWithNull(SweepResult result, int winner)
    {
        int latents = this.options.Latents[winner];
        double[] data = InformationOf(isNull: false, latents, winner);
        double[] normal = InformationOf(isNull: true, latents, winner);
        return result with
        {
            AboveData = Math.Exp(normal.Average() - data.Average()) - 1,
            InformationPValue = RepeatSpread.WelchPValue(normal, data),
            // Two repeats have one agreement between them, so no spread that it could be held against.
            AgreementPValue = this.options.Seeds < 3
                ? double.NaN
                : RepeatSpread.WelchPValue(AgreementOf(isNull: false, latents), AgreementOf(isNull: true, latents)),
        };
    }

    /// <summary>The mean logarithm of bits over the levels of a size, for each repeat.</summary>
    private double[] InformationOf(bool isNull, int latents, int winner)
    {
        IReadOnlyList<double> levels = this.table.LevelsOf(winner);
        return
        [
            .. Enumerable.Range(0, this.options.Seeds).Select(seed =>
            {
                InformationCurve curve = new(this.cells.Where(cell =>
                    cell.Key.IsNull == isNull && cell.Key.Seed == seed && cell.Key.Latents == latents));
                return levels.Select(level => Math.Log(curve.AtLeast(level)))
                    .Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();
            }),
        ];
    }

    private double[] AgreementOf(bool isNull, int latents) =>
    [
        .. Enumerable.Range(0, this.options.Seeds).Select(seed => this.cells
            .Where(cell =>
                cell.Key.IsNull == isNull && cell.Key.Seed == seed && cell.Key.Latents == latents)
            .Average(cell => cell.Agreement)),
    ];
}
