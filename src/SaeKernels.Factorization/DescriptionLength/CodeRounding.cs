using SaeKernels.Abstractions;
using SaeKernels.Metrics;

namespace SaeKernels.Factorization;

/// <summary>Counts codes at several precisions and measures how much worse each reconstructs, on the model's backend.
/// </summary>
internal sealed class CodeRounding : LatentCollector, IDisposable
{
    private readonly Sae sae;
    private readonly CodeCounts counts;
    private readonly InformationCounter information;
    private readonly Action<long, Span<float>>? readTargets;
    private SparseCodes? codes;
    private RealBuffer? x;
    private RealBuffer? reconstruction;
    private float[] values = [];
    private float[] outputs = [];
    private float[] targets = [];

    /// <summary>Begins with no vectors.</summary>
    /// <param name="sae">The model.</param>
    /// <param name="counts">Receives counts and errors.</param>
    /// <param name="information">Is told of all codes.</param>
    /// <param name="readTargets">Reads what is reconstructed, where that is not what is read; else null.</param>
    public CodeRounding(
        Sae sae, CodeCounts counts, InformationCounter information, Action<long, Span<float>>? readTargets)
    {
        this.sae = sae;
        this.counts = counts;
        this.information = information;
        this.readTargets = readTargets;
    }

    public override bool NeedsReconstruction => true;

    public override void Add(in LatentBatch batch)
    {
        Reserve(batch.Rows, batch.Latents.Length);
        int width = this.sae.Config.DOut;
        Span<float> target = this.targets.AsSpan(0, batch.Rows * width);
        if (this.readTargets is null)
        {
            batch.Activations.CopyTo(target);
        }
        else
        {
            this.readTargets(batch.FirstRow, target);
        }

        this.codes!.RowOffsets.Upload(batch.RowOffsets);
        this.codes.Indices.Upload(batch.Latents);
        this.codes.Values.Upload(batch.Values);
        this.x!.Upload(batch.Activations);
        this.information.Add(this.codes, batch.Rows);
        this.counts.AddExact(target, batch.Reconstruction, width);
        for (int precision = 0; precision < this.counts.Precisions.Count; precision++)
        {
            Round(batch, precision);
            this.codes.Values.Upload(this.values.AsSpan(0, batch.Values.Length));
            this.sae.Decode(
                this.codes,
                new RealMatrix(this.x, batch.Rows, this.sae.Config.DIn),
                new RealMatrix(this.reconstruction!, batch.Rows, width));
            Span<float> output = this.outputs.AsSpan(0, target.Length);
            this.reconstruction!.Download(output);
            this.counts.AddRounded(precision, target, output, width);
        }
    }

    public void Dispose()
    {
        this.codes?.Dispose();
        this.x?.Dispose();
        this.reconstruction?.Dispose();
    }

    private void Round(in LatentBatch batch, int precision)
    {
        for (int entry = 0; entry < batch.Values.Length; entry++)
        {
            float value = batch.Values[entry];
            this.values[entry] = value > 0 ? this.counts.Round(precision, batch.Latents[entry], value) : 0;
        }
    }

    private void Reserve(int rows, int entries)
    {
        if (this.codes is null || this.codes.MaxRows < rows || this.codes.Capacity < entries)
        {
            (int DIn, int DOut) width = (this.sae.Config.DIn, this.sae.Config.DOut);
            Dispose();
            this.codes = new SparseCodes(this.sae.Backend, "RoundedCodes", rows, Math.Max(1, entries));
            this.x = this.sae.Backend.AllocateReal("RoundedCodes.Activations", (long)rows * width.DIn);
            this.reconstruction =
                this.sae.Backend.AllocateReal("RoundedCodes.Reconstruction", (long)rows * width.DOut);
            this.values = new float[Math.Max(1, entries)];
            this.outputs = new float[rows * width.DOut];
            this.targets = new float[rows * width.DOut];
        }
    }
}
