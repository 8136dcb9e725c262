using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Metrics;
using SaeKernels.Training;

namespace SaeKernels.Factorization;

/// <summary>
/// What the codes of a model take on data of any size: their length at several precisions with what each loses, their
/// total information, and a file of them.
/// </summary>
/// <remarks>
/// Two passes over the data measure, and a third one writes: the largest value of each latent must be known before
/// values can be counted, and counts before they can be written. Memory is that of a batch and of the counts, 8 bytes a
/// bin.
/// </remarks>
public sealed class SaeCodes
{
    /// <summary>How often <see cref="Measure"/> goes over the data; <see cref="Write"/> does once more.</summary>
    public const int MeasuringPasses = 2;

    // Counts are held three times while a file is written: 1.5 GB.
    private const long MostBins = 1 << 26;

    private readonly Sae sae;
    private readonly VectorSource source;
    private readonly IReadOnlyList<CodeTable> tables;

    private SaeCodes(
        Sae sae,
        VectorSource source,
        VectorSource targets,
        IReadOnlyList<CodeTable> tables,
        IReadOnlyList<CodePrecision> precisions,
        double mse,
        TotalInformation information)
    {
        this.sae = sae;
        this.source = source;
        this.Targets = targets;
        this.tables = tables;
        this.Precisions = precisions;
        this.Mse = mse;
        this.Information = information;
    }

    /// <summary>The mean of ‖x − x̂‖² with codes as the model finds them.</summary>
    public double Mse { get; }

    /// <summary>The vectors that are reconstructed: those that are read, but for a transcoder.</summary>
    public VectorSource Targets { get; }

    /// <summary>What each precision takes and loses, in the order that was asked for.</summary>
    public IReadOnlyList<CodePrecision> Precisions { get; }

    /// <summary>
    /// The total information, with edges at the largest code and the largest |element| of the dictionary.
    /// </summary>
    public TotalInformation Information { get; }

    /// <summary>Measures a model.</summary>
    /// <param name="sae">The model; it outlives the result.</param>
    /// <param name="store">
    /// The data, at least one vector; of a transcoder what it reads joined with what it reconstructs, of a crosscoder
    /// all sites joined. It outlives the result.
    /// </param>
    /// <param name="bins">The numbers of bins, 1 to 2²⁰ and all together at most 2²⁶ / DSae; at least one number.
    /// </param>
    /// <param name="progress">Told of both passes how many vectors are done; null for nobody.</param>
    /// <exception cref="ArgumentException">A number of bins is out of range.</exception>
    /// <exception cref="InvalidDataException">
    /// The data is not what the model reads, or the model has an activation that is not finite.
    /// </exception>
    public static SaeCodes Measure(
        Sae sae, ActivationStore store, IReadOnlyList<int> bins, IProgress<long>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(sae);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(bins);
        SaeEvaluator.RequireWidths(sae.Config, store);
        RequireMemory(bins, sae.Config.DSae);
        bool isTranscoder = sae.Config.TargetWidth is not null;
        RowSet rows = RowSet.All(store);
        VectorSource source = StoreSource.Of(isTranscoder ? store.Sites[0] : store, rows);
        VectorSource targets = isTranscoder ? StoreSource.Of(store.Sites[1], rows) : source;
        IReadOnlyList<float> largest = FindLargest(sae, source, progress);
        DirectionInformation directions = DirectionInformation.Of(sae.Parameters.WDec);
        InformationEdges edges = new(FeatureSecondPass.UpperEdge(largest.Max()), directions.High);
        using InformationCounter counter = new(sae.Backend, edges);
        using CodeRounding rounding = new(
            sae,
            [.. bins.Select(count => CodeBins.ByCount(largest, count))],
            counter,
            isTranscoder ? targets.Read : null);
        new LatentPass { Collectors = [rounding], Progress = progress }.Run(sae, source);
        CodeTable[] tables = [.. bins.Select((_, precision) => rounding.TableOf(precision))];
        return new SaeCodes(
            sae,
            source,
            targets,
            tables,
            [
                .. tables.Select((table, precision) => new CodePrecision(
                    bins[precision], new CodeLength(table), rounding.MseIncreaseOf(precision))),
            ],
            rounding.Mse,
            counter.Read(sae.Parameters.WDec));
    }

    /// <summary>Writes the codes at one of the precisions, with the hash of the model.</summary>
    /// <param name="path">The file; one that exists is replaced once all is written.</param>
    /// <param name="precision">One of <see cref="Precisions"/>.</param>
    /// <param name="progress">Told how many vectors are done; null for nobody.</param>
    /// <exception cref="ArgumentException">
    /// The precision is not one of them, or the data changed since it was measured.
    /// </exception>
    /// <exception cref="IOException">The disk is full or faulty.</exception>
    public CodeFileSize Write(string path, CodePrecision precision, IProgress<long>? progress = null)
    {
        CodeTable table = this.tables[this.Precisions.ToList().IndexOf(precision)];
        return CodeFile.Write(path, table, ModelHash.Of(this.sae), writer =>
            new LatentPass { Collectors = [new CodeWriting(writer, table.Bins)], Progress = progress }
                .Run(this.sae, this.source));
    }

    private static void RequireMemory(IReadOnlyList<int> bins, int latents)
    {
        long all = bins.Sum(count => (long)count);
        if (all > MostBins / latents)
        {
            throw new ArgumentException(
                $"SaeCodes: Bins must be at most {MostBins / latents} in all for {latents} latents, but are {all}. "
                + "Choose fewer.");
        }
    }

    private static IReadOnlyList<float> FindLargest(Sae sae, VectorSource source, IProgress<long>? progress)
    {
        using LatentStatistics statistics = sae.Backend.CreateLatentStatistics(sae.Config.DSae);
        new LatentPass { Statistics = statistics, Progress = progress }.Run(sae, source);
        LatentStatisticsSnapshot found = statistics.Read();
        foreach ((int latent, double sum) in found.Sums.Index())
        {
            if (!double.IsFinite(sum))
            {
                throw new InvalidDataException(
                    $"SaeCodes: activations must be finite, but those of latent {latent} have the sum {sum}. Check the "
                    + "weights of the model: training may have diverged.");
            }
        }

        return found.Maxima;
    }
}
