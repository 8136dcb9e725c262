using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Metrics;

/// <summary>Counts <see cref="PositionInformation"/> on the device.</summary>
/// <remarks>Memory on the device is 8 bytes a latent for every bin of positions up to the largest one.</remarks>
public sealed class PositionCounter : LatentCounter
{
    private readonly EvenCounts counts;
    private int[] groups = [];
    private long[] tokens = [];

    /// <summary>Begins with nothing counted.</summary>
    /// <param name="backend">The backend that counts; the caller disposes it.</param>
    /// <param name="latents">The number of latents, DSae; at least 1.</param>
    public PositionCounter(IComputeBackend backend, int latents)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(latents, 1);
        this.counts = new EvenCounts(backend, [.. Enumerable.Repeat(new EvenBins(0, 1, 1), latents)]);
    }

    /// <inheritdoc/>
    public override void Add(in DeviceBatch batch)
    {
        if (batch.Tokens.Positions.IsEmpty)
        {
            return;
        }

        if (this.groups.Length < batch.Rows)
        {
            this.groups = new int[batch.Rows];
        }

        for (int row = 0; row < batch.Rows; row++)
        {
            this.groups[row] = PositionInformation.BinOf(batch.Tokens.Positions[row]);
            PositionInformation.Count(ref this.tokens, this.groups[row], 1);
        }

        this.counts.Add(batch.Codes, this.groups.AsSpan(0, batch.Rows));
    }

    /// <summary>Reads what was counted.</summary>
    public PositionInformation Read()
    {
        PositionInformation result = new(this.counts.Latents);
        for (int bin = 0; bin < Math.Min(this.counts.Groups, this.tokens.Length); bin++)
        {
            result.Add(bin, this.tokens[bin], this.counts.Read(bin));
        }

        return result;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => this.counts.Dispose();
}
