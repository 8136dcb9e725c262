using SaeKernels.Abstractions;
using SaeKernels.Metrics;

namespace SaeKernels.Factorization;

/// <summary>Counts codes at several precisions and measures how much worse each reconstructs, on the model's backend.
/// </summary>
internal sealed class CodeRounding : LatentCounter
{
    private readonly Sae sae;
    private readonly CodeErrors errors;
    private readonly InformationCounter information;
    private readonly Action<long, Span<float>>? readTargets;
    private readonly EvenCounts[] counts;
    private SparseCodes? rounded;
    private RealBuffer? middles;
    private RealBuffer? reconstruction;
    private float[] outputs = [];
    private float[] targets = [];

    /// <summary>Begins with no vectors.</summary>
    /// <param name="sae">The model.</param>
    /// <param name="precisions">The bins of each precision.</param>
    /// <param name="errors">Receives the errors.</param>
    /// <param name="information">Is told of all codes.</param>
    /// <param name="readTargets">Reads what is reconstructed, where that is not what is read; else null.</param>
    public CodeRounding(
        Sae sae,
        IReadOnlyList<CodeBins> precisions,
        CodeErrors errors,
        InformationCounter information,
        Action<long, Span<float>>? readTargets)
    {
        this.sae = sae;
        this.errors = errors;
        this.information = information;
        this.readTargets = readTargets;
        this.counts = [.. precisions.Select(bins => new EvenCounts(sae.Backend, bins.All))];
    }

    public override void Add(in DeviceBatch batch)
    {
        Reserve(batch);
        int width = this.sae.Config.DOut;
        Span<float> target = this.targets.AsSpan(0, batch.Rows * width);
        if (this.readTargets is null)
        {
            batch.Vectors.CopyTo(target);
        }
        else
        {
            this.readTargets(batch.FirstRow, target);
        }

        this.information.Add(batch.Codes, batch.Rows);
        this.errors.AddExact(target, Decode(batch, batch.Codes), width);
        for (int precision = 0; precision < this.counts.Length; precision++)
        {
            this.counts[precision].Add(batch.Codes, batch.Rows, this.middles);
            this.errors.AddRounded(precision, target, Decode(batch, this.rounded!), width);
        }
    }

    /// <summary>Reads how often each latent's codes are in each bin of a precision.</summary>
    public long[][] ReadCounts(int precision) => this.counts[precision].ReadLatents();

    protected override void Dispose(bool disposing)
    {
        Array.ForEach(this.counts, one => one.Dispose());
        this.middles?.Dispose();
        this.reconstruction?.Dispose();
    }

    private ReadOnlySpan<float> Decode(in DeviceBatch batch, SparseCodes codes)
    {
        RealMatrix matrix = new(this.reconstruction!, batch.Rows, this.sae.Config.DOut);
        this.sae.Decode(codes, batch.Activations, matrix);
        Span<float> output = this.outputs.AsSpan(0, batch.Rows * this.sae.Config.DOut);
        this.reconstruction!.Download(output);
        return output;
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
        if (this.outputs.Length < elements)
        {
            this.reconstruction?.Dispose();
            this.reconstruction = this.sae.Backend.AllocateReal("RoundedCodes.Reconstruction", elements);
            this.outputs = new float[elements];
            this.targets = new float[elements];
        }
    }
}
