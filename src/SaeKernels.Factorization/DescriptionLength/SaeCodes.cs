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
/// bin. Where parts of the data are measured apart, <see cref="CodeFirstPass"/> and <see cref="CodeSecondPass"/> merge.
/// </remarks>
public sealed class SaeCodes
{
    /// <summary>How often <see cref="Measure"/> goes over the data; <see cref="Write"/> does once more.</summary>
    public const int MeasuringPasses = 2;

    private readonly Sae sae;
    private readonly VectorSource source;
    private readonly IReadOnlyList<CodeTable> tables;

    private SaeCodes(Sae sae, VectorSource source, VectorSource targets, CodeSecondPass counted)
    {
        this.sae = sae;
        this.source = source;
        this.Targets = targets;
        this.Counted = counted;
        this.tables = counted.ReadTables();
        this.Precisions = counted.ReadPrecisions();
    }

    /// <summary>What both passes counted.</summary>
    public CodeSecondPass Counted { get; }

    /// <summary>The vectors that are reconstructed: those that are read, but for a transcoder.</summary>
    public VectorSource Targets { get; }

    /// <summary>What each precision takes and loses, in the order that was asked for.</summary>
    public IReadOnlyList<CodePrecision> Precisions { get; }

    /// <inheritdoc cref="CodeSecondPass.Mse"/>
    public double Mse => this.Counted.Mse;

    /// <inheritdoc cref="CodeSecondPass.Information"/>
    public TotalInformation Information => this.Counted.Information;

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
        SaeEvaluator.RequireWidths(sae.Config, store);
        CodeSecondPass.RequireMemory(bins, sae.Config.DSae);
        RowSet rows = RowSet.All(store);
        bool isTranscoder = sae.Config.TargetWidth is not null;
        VectorSource source = StoreSource.Of(isTranscoder ? store.Sites[0] : store, rows);
        VectorSource? targets = isTranscoder ? StoreSource.Of(store.Sites[1], rows) : null;
        LatentPass pass = new() { Progress = progress };
        CodeFirstPass first = CodeFirstPass.Run(sae, source, pass: pass);
        CodeSecondPass counted = CodeSecondPass.Run(sae, source, first, bins, targets, pass: pass);
        return new SaeCodes(sae, source, targets ?? source, counted);
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
}
