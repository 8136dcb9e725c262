using SaeKernels.Metrics;

namespace SaeKernels.Factorization;

/// <summary>
/// What a second pass counts, now that the largest codes are known: codes at several precisions, what rounding to each
/// loses, and total information; parts over different rows can be merged.
/// </summary>
/// <remarks>
/// Counts are whole numbers: batches, parts and their order change none. Errors are float64 sums and agree up to
/// rounding. Memory is that of a batch and 8 bytes a bin.
/// </remarks>
public sealed class CodeSecondPass
{
    // Counts are held three times while a file is written: 1.5 GB.
    private const long MostBins = 1 << 26;
    private readonly CodeErrors errors;
    private CodeTable[] tables;

    private CodeSecondPass(CodeTable[] tables, CodeErrors errors, TotalInformation information)
    {
        this.tables = tables;
        this.errors = errors;
        this.Information = information;
    }

    /// <summary>The number of vectors.</summary>
    public long Vectors => this.errors.Vectors;

    /// <summary>The mean of ‖x − x̂‖² with codes as the model finds them; NaN without a vector.</summary>
    public double Mse => this.errors.Mse;

    /// <summary>
    /// The total information, with edges at the largest code and the largest |element| of the dictionary.
    /// </summary>
    public TotalInformation Information { get; private set; }

    /// <summary>Goes over consecutive vectors of a source.</summary>
    /// <param name="sae">The model of the first pass.</param>
    /// <param name="source">The data of the first pass.</param>
    /// <param name="first">What the first pass found in the whole data.</param>
    /// <param name="bins">The numbers of bins, 1 to 2²⁰ and all together at most 2²⁶ / DSae; at least one number.
    /// </param>
    /// <param name="targets">
    /// What is reconstructed, vector for vector, of a transcoder; null where it is what is read.
    /// </param>
    /// <param name="range">First vector and number of vectors, which may be 0; null for all.</param>
    /// <param name="pass">Batch size, progress, and further collectors that go along; null for none.</param>
    /// <param name="cancellation">Ends the pass between two batches.</param>
    /// <exception cref="ArgumentException">
    /// A number of bins is out of range, the first pass is about another number of latents, or targets are not what the
    /// model reconstructs.
    /// </exception>
    /// <exception cref="InvalidDataException">The data has another width than the model.</exception>
    public static CodeSecondPass Run(
        Sae sae,
        VectorSource source,
        CodeFirstPass first,
        IReadOnlyList<int> bins,
        VectorSource? targets = null,
        (long First, long Rows)? range = null,
        LatentPass? pass = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(sae);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(first);
        RequireMemory(bins, sae.Config.DSae);
        RequireFit(sae.Config, first, source, targets);
        CodeBins[] precisions = [.. bins.Select(count => CodeBins.ByCount(first.Largest, count))];
        InformationEdges edges = new(
            FeatureSecondPass.UpperEdge(first.Largest.Max()), DirectionInformation.Of(sae.Parameters.WDec).High);
        using InformationCounter information = new(sae.Backend, edges);
        using CodeRounding rounding = new(sae, precisions, information, targets?.Read);
        (pass ?? new LatentPass()).With(statistics: null, [rounding], [])
            .Run(sae, source, range?.First ?? 0, range?.Rows ?? source.Count, cancellation);
        CodeErrors errors = rounding.ReadErrors();
        CodeTable[] tables =
            [.. precisions.Select((own, place) => new CodeTable(errors.Vectors, own, rounding.ReadCounts(place)))];
        return new CodeSecondPass(tables, errors, information.Read(sae.Parameters.WDec));
    }

    /// <summary>Adds what a pass over other rows counted.</summary>
    /// <param name="other">The other part, after the same first pass and with as many bins; not changed.</param>
    /// <exception cref="ArgumentException">It has other bins, other edges or another dictionary.</exception>
    public void Merge(CodeSecondPass other)
    {
        ArgumentNullException.ThrowIfNull(other);
        RequireBins(other);
        this.Information = this.Information.Merge(other.Information);
        this.errors.Merge(other.errors);
        // A new array: tables that were read stay as they are.
        this.tables = [.. this.tables.Zip(other.tables, (own, others) => own.Merge(others))];
    }

    /// <summary>Reads what each precision takes and loses, in the order that was asked for.</summary>
    /// <exception cref="ArgumentException">There is no vector.</exception>
    public IReadOnlyList<CodePrecision> ReadPrecisions() =>
    [
        .. ReadTables().Select((table, precision) => new CodePrecision(
            table.Bins.Counts[0], new CodeLength(table), this.errors.MseIncreaseOf(precision))),
    ];

    /// <summary>Reads the counts of each precision, in the order that was asked for.</summary>
    public IReadOnlyList<CodeTable> ReadTables() => this.tables;

    /// <summary>Throws where the counts would not fit.</summary>
    /// <exception cref="ArgumentException">There are too many bins.</exception>
    internal static void RequireMemory(IReadOnlyList<int> bins, int latents)
    {
        ArgumentNullException.ThrowIfNull(bins);
        long all = bins.Sum(count => (long)count);
        if (all > MostBins / latents)
        {
            throw new ArgumentException(
                $"SaeCodes: Bins must be at most {MostBins / latents} in all for {latents} latents, but are {all}. "
                + "Choose fewer.");
        }
    }

    private void RequireBins(CodeSecondPass other)
    {
        if (this.tables.Length != other.tables.Length)
        {
            throw new ArgumentException(
                $"CodeSecondPass: both sides must have {this.tables.Length} precisions, but the other one has "
                + $"{other.tables.Length}. Merge parts with the same numbers of bins.");
        }

        foreach ((CodeTable own, CodeTable others) in this.tables.Zip(other.tables))
        {
            own.Bins.RequireEqual(nameof(CodeSecondPass), others.Bins);
        }
    }

    private static void RequireFit(SaeConfig config, CodeFirstPass first, VectorSource source, VectorSource? targets)
    {
        if (first.Largest.Count != config.DSae)
        {
            throw new ArgumentException(
                $"CodeSecondPass: first must be about the {config.DSae} latents of the model, but is about "
                + $"{first.Largest.Count}. Pass what the first pass of the same model found.");
        }

        int width = (targets ?? source).DIn;
        if (width != config.DOut || (targets is null && config.TargetWidth is not null))
        {
            throw new ArgumentException(
                $"CodeSecondPass: targets must be what the model reconstructs, {config.DOut} wide, but "
                + (targets is null ? "are missing." : $"are {width} wide.")
                + " Pass the target of a transcoder, and of other models nothing.");
        }
    }
}
