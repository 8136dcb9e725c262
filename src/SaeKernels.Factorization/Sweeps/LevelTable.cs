namespace SaeKernels.Factorization;

/// <summary>The information of every size and repeat at common levels of error.</summary>
internal sealed class LevelTable
{
    private const int LevelCount = 64;
    private readonly IReadOnlyList<int> sizes;
    private readonly double[] levels;

    /// <summary>Logarithms of bits, [repeat][size, level].</summary>
    private readonly double[][,] logBits;

    /// <summary>Interpolates the data's cells.</summary>
    public LevelTable(IEnumerable<SweepCell> cells, SweepOptions options)
    {
        this.sizes = options.Latents;
        ILookup<(int Seed, int Latents), SweepCell> byCurve =
            cells.ToLookup(cell => (cell.Key.Seed, cell.Key.Latents));
        this.levels = LevelsOf(byCurve.SelectMany(curve => curve));
        this.logBits = new double[options.Seeds][,];
        for (int seed = 0; seed < options.Seeds; seed++)
        {
            this.logBits[seed] = new double[this.sizes.Count, this.levels.Length];
            for (int size = 0; size < this.sizes.Count; size++)
            {
                InformationCurve curve = new(byCurve[(seed, this.sizes[size])]);
                for (int level = 0; level < this.levels.Length; level++)
                {
                    this.logBits[seed][size, level] = Math.Log(curve.At(this.levels[level]));
                }
            }
        }
    }

    /// <summary>Returns every level, with its owner.</summary>
    public IReadOnlyList<ErrorLevel> Levels =>
    [
        .. Enumerable.Range(0, this.levels.Length).Select(level => new ErrorLevel(
            this.levels[level],
            this.sizes.Index().ToDictionary(size => size.Item, size => Math.Exp(Mean(size.Index, level))),
            OwnerOf(level) is int owner ? this.sizes[owner] : null)),
    ];

    /// <summary>Returns the place in the grid of the size that owns most levels; null where no level has an
    /// owner.</summary>
    public int? Winner => Enumerable.Range(0, this.levels.Length)
        .Select(OwnerOf)
        .OfType<int>()
        .GroupBy(owner => owner)
        .OrderByDescending(group => group.Count())
        .ThenBy(group => group.Key)
        .FirstOrDefault()?.Key;

    /// <summary>
    /// Returns, for each repeat, how far a neighbour's information is above that of a size: the mean of the logarithm
    /// of their ratio over the levels that the size and all its neighbours reach.
    /// </summary>
    public double[] MarginsOver(int size, int neighbour) =>
    [
        .. this.logBits.Select(bits => CommonLevels(size)
            .Average(level => bits[neighbour, level] - bits[size, level])),
    ];

    /// <summary>Returns the same as a difference in bits.</summary>
    public double[] BitsOver(int size, int neighbour) =>
    [
        .. this.logBits.Select(bits => CommonLevels(size)
            .Average(level => Math.Exp(bits[neighbour, level]) - Math.Exp(bits[size, level]))),
    ];

    /// <summary>Returns the levels that a size and all its neighbours reach in every repeat.</summary>
    public IReadOnlyList<double> LevelsOf(int size) => [.. CommonLevels(size).Select(level => this.levels[level])];

    /// <summary>Returns the places of the neighbours of a place in the grid.</summary>
    public IReadOnlyList<int> Neighbours(int size) =>
        [.. ((int[])[size - 1, size + 1]).Where(other => other >= 0 && other < this.sizes.Count)];

    private static double[] LevelsOf(IEnumerable<SweepCell> cells)
    {
        double[] errors = [.. cells.Where(cell => cell.IsConverged && cell.Mse > 0).Select(cell => cell.Mse)];
        if (errors.Length == 0)
        {
            return [];
        }

        double low = Math.Log(errors.Min());
        double high = Math.Log(errors.Max());
        return
        [
            .. Enumerable.Range(0, LevelCount)
                .Select(level => Math.Exp(low + ((high - low) * level / (LevelCount - 1)))),
        ];
    }

    private IEnumerable<int> CommonLevels(int size) => Enumerable.Range(0, this.levels.Length)
        .Where(level => IsReached(size, level) && Neighbours(size).All(other => IsReached(other, level)));

    /// <summary>The size with the least information at a level, where its neighbours reach the level too.</summary>
    private int? OwnerOf(int level)
    {
        int[] reached = [.. Enumerable.Range(0, this.sizes.Count).Where(size => IsReached(size, level))];
        if (reached.Length == 0)
        {
            return null;
        }

        int owner = reached.MinBy(size => Mean(size, level));
        return Neighbours(owner).All(other => IsReached(other, level)) ? owner : null;
    }

    private bool IsReached(int size, int level) => !double.IsNaN(Mean(size, level));

    private double Mean(int size, int level) => this.logBits.Average(bits => bits[size, level]);
}
