using SaeKernels.Abstractions;
using SaeKernels.Metrics;
using SaeKernels.Numerics;

namespace SaeKernels.Factorization;

/// <summary>Counts codes at several precisions and measures how much worse each reconstructs, on the model's backend.
/// </summary>
internal sealed class CodeRounding : LatentCollector, IDisposable
{
    private readonly Sae sae;
    private readonly IReadOnlyList<CodeBins> precisions;
    private readonly InformationCounter information;
    private readonly Action<long, Span<float>>? readTargets;
    private readonly long[][][] counts;
    private readonly CompensatedSum[] errors;
    private CompensatedSum exactError;
    private SparseCodes? codes;
    private RealBuffer? x;
    private RealBuffer? reconstruction;
    private float[] values = [];
    private float[] outputs = [];
    private float[] targets = [];
    private long vectors;

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
        this.precisions = precisions;
        this.information = information;
        this.readTargets = readTargets;
        this.counts = [.. precisions.Select(bins => bins.Counts.Select(count => new long[count]).ToArray())];
        this.errors = new CompensatedSum[precisions.Count];
    }

    public override bool NeedsReconstruction => true;

    /// <summary>The mean of ‖x − x̂‖² without rounding.</summary>
    public double Mse => this.exactError.Value / this.vectors;

    /// <summary>The counts of a precision.</summary>
    public CodeTable TableOf(int precision) =>
        new(this.vectors, this.precisions[precision], this.counts[precision]);

    /// <summary>How much ‖x − x̂‖² grows in the mean by a precision.</summary>
    public double MseIncreaseOf(int precision) => (this.errors[precision].Value / this.vectors) - this.Mse;

    public override void Add(in LatentBatch batch)
    {
        Reserve(batch.Rows, batch.Latents.Length);
        Span<float> target = this.targets.AsSpan(0, batch.Rows * this.sae.Config.DOut);
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
        AddError(ref this.exactError, target, batch.Reconstruction);
        for (int precision = 0; precision < this.precisions.Count; precision++)
        {
            Round(batch, this.precisions[precision], this.counts[precision]);
            this.codes.Values.Upload(this.values.AsSpan(0, batch.Values.Length));
            this.sae.Decode(
                this.codes,
                new RealMatrix(this.x, batch.Rows, this.sae.Config.DIn),
                new RealMatrix(this.reconstruction!, batch.Rows, this.sae.Config.DOut));
            Span<float> output = this.outputs.AsSpan(0, target.Length);
            this.reconstruction!.Download(output);
            AddError(ref this.errors[precision], target, output);
        }

        this.vectors += batch.Rows;
    }

    public void Dispose()
    {
        this.codes?.Dispose();
        this.x?.Dispose();
        this.reconstruction?.Dispose();
    }

    private void Round(in LatentBatch batch, CodeBins bins, long[][] count)
    {
        for (int entry = 0; entry < batch.Values.Length; entry++)
        {
            this.values[entry] = 0;
            if (batch.Values[entry] > 0)
            {
                int latent = batch.Latents[entry];
                int place = bins.PlaceOf(latent, batch.Values[entry]);
                count[latent][place]++;
                this.values[entry] = bins.MiddleOf(latent, place);
            }
        }
    }

    private void AddError(ref CompensatedSum sum, ReadOnlySpan<float> target, ReadOnlySpan<float> output)
    {
        int width = this.sae.Config.DOut;
        for (int first = 0; first < target.Length; first += width)
        {
            double error = 0;
            for (int d = first; d < first + width; d++)
            {
                double difference = (double)target[d] - output[d];
                error += difference * difference;
            }

            sum.Add(error);
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
