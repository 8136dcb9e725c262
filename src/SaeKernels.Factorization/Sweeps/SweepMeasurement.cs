using SaeKernels.Abstractions;
using SaeKernels.Metrics;

namespace SaeKernels.Factorization;

/// <summary>
/// Measures the finished cells of a sweep: a first pass finds the edges that all share, a second one counts.
/// </summary>
internal sealed class SweepMeasurement
{
    private readonly IComputeBackend backend;
    private readonly SweepFolder folder;
    private readonly SweepOptions options;
    private readonly UnitDirections? truth;

    /// <summary>Prepares the measurement.</summary>
    public SweepMeasurement(
        IComputeBackend backend, SweepFolder folder, SweepOptions options, UnitDirections? truth)
    {
        this.backend = backend;
        this.folder = folder;
        this.options = options;
        this.truth = truth;
    }

    /// <summary>Measures all cells and decides.</summary>
    /// <param name="repeats">The vectors of each repeat and their variance, of the data and of the null.</param>
    public SweepResult Measure(Dictionary<bool, IReadOnlyList<(RowMatrix Vectors, double Variance)>> repeats)
    {
        InformationEdges edges = FindEdges();
        Dictionary<SweepCellKey, UnitDirections> directions = [];
        Dictionary<SweepCellKey, SweepCell> cells = [];
        foreach (SweepCellKey key in this.options.Cells())
        {
            SweepFactorization found = CellFile.Read(this.folder.CellOf(key));
            directions[key] = UnitDirections.From(found.Result.Dictionary.Elements, found.Result.Dictionary.Width);
            cells[key] = Count(key, found, edges, repeats[key.IsNull][key.Seed], directions[key]);
        }

        List<SweepCell> all = [.. cells.Values.Select(cell => cell with
        {
            Agreement = AgreementOf(cell.Key, directions),
            CosineToLarger = CosineToLarger(cell.Key, directions),
        })];
        return SweepVerdict.Decide(all, this.options, edges);
    }

    private InformationEdges FindEdges()
    {
        float code = 0;
        float direction = 0;
        foreach (SweepCellKey key in this.options.Cells())
        {
            SparseFactorization result = CellFile.Read(this.folder.CellOf(key)).Result;
            code = result.Codes.Values.Aggregate(code, Math.Max);
            direction = result.Dictionary.Elements.Aggregate(
                direction, (most, value) => Math.Max(most, Math.Abs(value)));
        }

        // Where no latent is ever active any edge will do.
        return new InformationEdges(code > 0 ? code : 1, direction > 0 ? direction : 1, this.options.Bins);
    }

    private SweepCell Count(
        SweepCellKey key,
        SweepFactorization found,
        InformationEdges edges,
        (RowMatrix Vectors, double Variance) repeat,
        UnitDirections directions)
    {
        using InformationCounter counter = new(this.backend, edges);
        counter.Add(found.Result.Codes);
        TotalInformation information = counter.Read(found.Result.Dictionary);
        MeanMaxCosine? cosines = this.truth is null || key.IsNull
            ? null
            : DictionaryMetrics.MeanMaxCosine(this.truth, directions);
        CodePrecision? precision = PrecisionSearch.Cheapest(
            PrecisionSearch.Measure(found.Result, repeat.Vectors, PrecisionSearch.StandardBins),
            PrecisionSearch.StandardTolerance * found.Result.Mse);
        return new SweepCell(key)
        {
            Mse = found.Result.Mse,
            Fvu = found.Result.Mse / repeat.Variance,
            L0 = found.Result.L0,
            DeadLatents = key.Latents - found.Result.Codes.Columns.Distinct().Count(),
            Start = found.Start,
            IsConverged = found.IsConverged,
            CodeBits = information.CodeBits,
            DictionaryBits = information.DictionaryBits,
            DescriptionLength = precision?.Length.BitsPerVector ?? double.NaN,
            CodeBins = precision?.Bins,
            MmcsRecall = cosines?.Recall,
            MmcsPrecision = cosines?.Precision,
        };
    }

    private double AgreementOf(SweepCellKey key, Dictionary<SweepCellKey, UnitDirections> directions) =>
        Enumerable.Range(0, this.options.Seeds)
            .Where(seed => seed != key.Seed)
            .Select(seed => DictionaryMetrics.MeanMaxCosine(directions[key], directions[key with { Seed = seed }]))
            .Average(cosine => 2 * cosine.Recall * cosine.Precision / (cosine.Recall + cosine.Precision));

    private double CosineToLarger(SweepCellKey key, Dictionary<SweepCellKey, UnitDirections> directions)
    {
        int larger = this.options.Latents.FirstOrDefault(latents => latents > key.Latents);
        return larger == 0
            ? double.NaN
            : DictionaryMetrics.MeanMaxCosine(directions[key], directions[key with { Latents = larger }]).Recall;
    }
}
