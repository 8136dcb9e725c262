using SaeKernels.Factorization;
using SaeKernels.Metrics;

namespace SaeKernels.Tests.Factorization;

/// <summary>Keeps all codes that a pass finds, zeros left out.</summary>
internal sealed class CodeCopy : LatentCollector
{
    private readonly List<long> offsets = [0];
    private readonly List<int> latents = [];

    public List<float> Values { get; } = [];

    public SparseRows Codes => new([.. this.offsets], [.. this.latents], [.. this.Values]);

    public override void Add(in LatentBatch batch)
    {
        for (int row = 0; row < batch.Rows; row++)
        {
            for (int entry = batch.RowOffsets[row]; entry < batch.RowOffsets[row + 1]; entry++)
            {
                if (batch.Values[entry] != 0)
                {
                    this.latents.Add(batch.Latents[entry]);
                    this.Values.Add(batch.Values[entry]);
                }
            }

            this.offsets.Add(this.latents.Count);
        }
    }
}
