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
    /// <param name="progress">Told of every cell that was measured or compared; may be null.</param>
    /// <param name="cancellation">Ends the measurement between two cells.</param>
    public SweepResult Measure(
        Dictionary<bool, IReadOnlyList<(RowMatrix Vectors, double Variance)>> repeats,
        IProgress<SweepProgress>? progress,
        CancellationToken cancellation)
    {
        SweepCellKey[] keys = [.. this.options.Cells()];
        InformationEdges edges = FindEdges();
        Dictionary<SweepCellKey, UnitDirections> directions = [];
        List<SweepCell> cells = [];
        foreach (SweepCellKey key in keys)
        {
            cancellation.ThrowIfCancellationRequested();
            SweepFactorization found = CellFile.Read(this.folder.CellOf(key));
            directions[key] = UnitDirections.From(found.Result.Dictionary.Elements, found.Result.Dictionary.Width);
            cells.Add(Count(key, found, edges, repeats[key.IsNull][key.Seed], directions[key]));
            progress?.Report(new SweepProgress(SweepStage.Measure, cells.Count, keys.Length, key));
        }

        Dictionary<(SweepCellKey, SweepCellKey), double> agreements = [];
        for (int place = 0; place < cells.Count; place++)
        {
            cancellation.ThrowIfCancellationRequested();
            SweepCellKey key = cells[place].Key;
            cells[place] = cells[place] with
            {
                Agreement = AgreementOf(key, directions, agreements),
                CosineToLarger = CosineToLarger(key, directions),
            };
            progress?.Report(new SweepProgress(SweepStage.Compare, place + 1, keys.Length, key));
        }

        return SweepVerdict.Decide(cells, this.options, edges);
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

    /// <summary>The mean agreement with the other repeats; that of a pair of repeats is found once.</summary>
    private double AgreementOf(
        SweepCellKey key,
        Dictionary<SweepCellKey, UnitDirections> directions,
        Dictionary<(SweepCellKey, SweepCellKey), double> known)
    {
        return Enumerable.Range(0, this.options.Seeds).Where(seed => seed != key.Seed).Average(OfPair);

        double OfPair(int seed)
        {
            SweepCellKey first = key with { Seed = Math.Min(seed, key.Seed) };
            SweepCellKey second = key with { Seed = Math.Max(seed, key.Seed) };
            if (!known.TryGetValue((first, second), out double agreement))
            {
                MeanMaxCosine cosine = DictionaryMetrics.MeanMaxCosine(directions[first], directions[second]);
                agreement = 2 * cosine.Recall * cosine.Precision / (cosine.Recall + cosine.Precision);
                known.Add((first, second), agreement);
            }

            return agreement;
        }
    }

    private double CosineToLarger(SweepCellKey key, Dictionary<SweepCellKey, UnitDirections> directions)
    {
        int larger = this.options.Latents.FirstOrDefault(latents => latents > key.Latents);
        return larger == 0
            ? double.NaN
            : DictionaryMetrics.MeanMaxCosine(directions[key], directions[key with { Latents = larger }]).Recall;
    }
}
