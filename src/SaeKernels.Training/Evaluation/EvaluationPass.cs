using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Metrics;

namespace SaeKernels.Training;

/// <summary>The statistics and the memory of one batch of an evaluation, on the model's backend.</summary>
internal sealed class EvaluationPass : IDisposable
{
    private const int Batch = 2048;
    private const int MostEntries = 1 << 24;
    private readonly Sae sae;
    private readonly ActivationStore store;
    private readonly PublishedVariantsMetric? variants;
    private readonly LatentStatistics latents;
    private readonly ReconstructionStatistics reconstruction;
    private readonly ReconstructionStatistics[] sites;

    /// <summary>Begins with no vectors.</summary>
    public EvaluationPass(Sae sae, ActivationStore store, PublishedVariantsMetric? variants)
    {
        this.sae = sae;
        this.store = store;
        this.variants = variants;
        this.latents = sae.Backend.CreateLatentStatistics(sae.Config.DSae);
        this.reconstruction = sae.Backend.CreateReconstructionStatistics(sae.Config.DOut);
        this.sites = [.. (sae.Config.Sites ?? []).Select(sae.Backend.CreateReconstructionStatistics)];
    }

    /// <summary>Goes over vectors; see <see cref="SaeEvaluator.Evaluate"/>.</summary>
    public void Run(RowSet rows, Action<SparseCodes, long, int>? visit)
    {
        if (rows.Count == 0)
        {
            return;
        }

        (int dIn, int dOut) = (this.sae.Config.DIn, this.sae.Config.DOut);
        bool isTranscoder = this.sae.Config.TargetWidth is not null;
        int batch = (int)Math.Min(Math.Min(Batch, rows.Count), Math.Max(1, MostEntries / this.sae.MostActive));
        float[] vectors = new float[batch * this.store.DIn];
        float[] outputs = this.variants is null ? [] : new float[batch * dOut];
        using RealBuffer x = this.sae.Backend.AllocateReal("Evaluation.Activations", (long)batch * dIn);
        using RealBuffer? y =
            isTranscoder ? this.sae.Backend.AllocateReal("Evaluation.Targets", (long)batch * dOut) : null;
        using RealBuffer yHat = this.sae.Backend.AllocateReal("Evaluation.Reconstruction", (long)batch * dOut);
        using SparseCodes codes = this.sae.AllocateCodes(batch);
        for (long first = 0; first < rows.Count; first += batch)
        {
            int count = (int)Math.Min(batch, rows.Count - first);
            Span<float> read = vectors.AsSpan(0, count * this.store.DIn);
            rows.Read(this.store, first, read);
            x.Upload(isTranscoder ? Columns(read, this.store.DIn, 0, dIn) : read);
            ReadOnlySpan<float> target = isTranscoder ? Columns(read, this.store.DIn, dIn, dOut) : read;
            y?.Upload(target);
            RealMatrix activations = new(x, count, dIn);
            RealMatrix output = new(yHat, count, dOut);
            this.sae.Encode(activations, codes);
            this.sae.Decode(codes, activations, output);
            Compare(y is null ? activations : new RealMatrix(y, count, dOut), output);
            this.sae.Backend.AccumulateLatents(
                new AccumulateLatentsArguments { Rows = count, Codes = codes, Statistics = this.latents });
            if (this.variants is not null)
            {
                Span<float> found = outputs.AsSpan(0, count * dOut);
                yHat.Download(found);
                this.variants.Add(target, found);
            }

            visit?.Invoke(codes, first, count);
        }
    }

    /// <summary>Reads what was gathered.</summary>
    public EvaluationSums Read(TimeSpan elapsed) => new(
        this.reconstruction.Read(),
        [.. this.sites.Select(site => site.Read())],
        this.latents.Read(),
        this.variants,
        elapsed.TotalSeconds);

    public void Dispose()
    {
        this.latents.Dispose();
        this.reconstruction.Dispose();
        Array.ForEach(this.sites, site => site.Dispose());
    }

    /// <summary>Takes consecutive columns of rows.</summary>
    private static float[] Columns(ReadOnlySpan<float> rows, int width, int first, int count)
    {
        float[] columns = new float[rows.Length / width * count];
        for (int row = 0; row < rows.Length / width; row++)
        {
            rows.Slice((row * width) + first, count).CopyTo(columns.AsSpan(row * count));
        }

        return columns;
    }

    private void Compare(RealMatrix targets, RealMatrix reconstruction)
    {
        AccumulateReconstructionArguments arguments = new()
        {
            Targets = targets,
            Reconstruction = reconstruction,
            Statistics = this.reconstruction,
        };
        this.sae.Backend.AccumulateReconstruction(arguments);
        int first = 0;
        foreach (ReconstructionStatistics site in this.sites)
        {
            this.sae.Backend.AccumulateReconstruction(arguments with { FirstColumn = first, Statistics = site });
            first += site.Width;
        }
    }
}
