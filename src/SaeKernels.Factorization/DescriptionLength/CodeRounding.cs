using SaeKernels.Abstractions;
using SaeKernels.Metrics;

namespace SaeKernels.Factorization;

/// <summary>Counts codes at several precisions and measures how much worse each reconstructs, on the model's backend.
/// </summary>
internal sealed class CodeRounding : LatentCounter
{
    private readonly Sae sae;
    private readonly InformationCounter information;
    private readonly Action<long, Span<float>>? readTargets;
    private readonly EvenCounts[] counts;
    private readonly ReconstructionStatistics exactErrors;
    private readonly ReconstructionStatistics[] errors;
    private SparseCodes? rounded;
    private RealBuffer? middles;
    private RealBuffer? reconstruction;
    private RealBuffer? targets;
    private float[] targetsOnHost = [];

    /// <summary>Begins with no vectors.</summary>
    /// <param name="sae">The model.</param>
    /// <param name="precisions">The bins of each precision.</param>
    /// <param name="information">Is told of all codes.</param>
    /// <param name="readTargets">Reads what is reconstructed, where that is not what is read; else null.</param>
    public CodeRounding(
        Sae sae,
        IReadOnlyList<CodeBins> precisions,
        InformationCounter information,
        Action<long, Span<float>>? readTargets)
    {
        this.sae = sae;
        this.information = information;
        this.readTargets = readTargets;
        this.counts = [.. precisions.Select(bins => new EvenCounts(sae.Backend, bins.All))];
        this.exactErrors = sae.Backend.CreateReconstructionStatistics(sae.Config.DOut);
        this.errors = [.. precisions.Select(_ => sae.Backend.CreateReconstructionStatistics(sae.Config.DOut))];
    }

    public override void Add(in DeviceBatch batch)
    {
        Reserve(batch);
        RealMatrix targets = TargetsOf(batch);
        this.information.Add(batch.Codes, batch.Rows);
        AddErrors(batch, batch.Codes, targets, this.exactErrors);
        for (int precision = 0; precision < this.counts.Length; precision++)
        {
            this.counts[precision].Add(batch.Codes, batch.Rows, this.middles);
            AddErrors(batch, this.rounded!, targets, this.errors[precision]);
        }
    }

    /// <summary>Reads the errors.</summary>
    public CodeErrors ReadErrors() => new(this.exactErrors.Read().Sums, this.errors.Select(one => one.Read().Sums));

    /// <summary>Reads how often each latent's codes are in each bin of a precision.</summary>
    public long[][] ReadCounts(int precision) => this.counts[precision].ReadLatents();

    protected override void Dispose(bool disposing)
    {
        Array.ForEach(this.counts, one => one.Dispose());
        Array.ForEach(this.errors, one => one.Dispose());
        this.exactErrors.Dispose();
        this.middles?.Dispose();
        this.reconstruction?.Dispose();
        this.targets?.Dispose();
    }

    private void AddErrors(
        in DeviceBatch batch, SparseCodes codes, RealMatrix targets, ReconstructionStatistics statistics)
    {
        RealMatrix made = new(this.reconstruction!, batch.Rows, this.sae.Config.DOut);
        this.sae.Decode(codes, batch.Activations, made);
        this.sae.Backend.AccumulateReconstruction(new AccumulateReconstructionArguments
        {
            Targets = targets,
            Reconstruction = made,
            Statistics = statistics,
        });
    }

    private RealMatrix TargetsOf(in DeviceBatch batch)
    {
        if (this.readTargets is null)
        {
            return batch.Activations;
        }

        Span<float> read = this.targetsOnHost.AsSpan(0, batch.Rows * this.sae.Config.DOut);
        this.readTargets(batch.FirstRow, read);
        this.targets!.Upload(read);
        return new RealMatrix(this.targets, batch.Rows, this.sae.Config.DOut);
    }

    private void Reserve(in DeviceBatch batch)
    {
        if (this.middles is null || this.middles.Length < batch.Codes.Capacity)
        {
            this.middles?.Dispose();
            this.middles = this.sae.Backend.AllocateReal("RoundedCodes.Middles", batch.Codes.Capacity);
        }

        this.rounded = batch.Codes.WithValues(this.middles);
        int elements = batch.Rows * this.sae.Config.DOut;
        if (this.reconstruction is null || this.reconstruction.Length < elements)
        {
            this.reconstruction?.Dispose();
            this.targets?.Dispose();
            this.reconstruction = this.sae.Backend.AllocateReal("RoundedCodes.Reconstruction", elements);
            bool hasTargets = this.readTargets is not null;
            this.targets = hasTargets ? this.sae.Backend.AllocateReal("RoundedCodes.Targets", elements) : null;
            this.targetsOnHost = new float[hasTargets ? elements : 0];
        }
    }
}
