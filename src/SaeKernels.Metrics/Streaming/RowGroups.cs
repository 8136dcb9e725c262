using SaeKernels.Abstractions;

namespace SaeKernels.Metrics;

/// <summary>
/// The group of each row of a batch, on the host and on a device: codes with one latent a row, the group, of
/// activation 1.
/// </summary>
internal sealed class RowGroups(IComputeBackend backend) : IDisposable
{
    private int[] onHost = [];
    private SparseCodes? codes;

    /// <summary>The codes; what they hold is that of the batch that was uploaded last.</summary>
    public SparseCodes Codes => this.codes ?? throw new InvalidOperationException("RowGroups: upload a batch first.");

    /// <summary>Returns where the groups of a batch are written before they are uploaded.</summary>
    public Span<int> OnHost(int rows)
    {
        Array.Resize(ref this.onHost, Math.Max(this.onHost.Length, rows));
        return this.onHost.AsSpan(0, rows);
    }

    /// <summary>Takes the groups of a batch to the device.</summary>
    public void Upload(int rows)
    {
        if (this.codes is null || this.codes.MaxRows < rows)
        {
            this.codes?.Dispose();
            this.codes = new SparseCodes(backend, "RowGroups", rows, rows);
            this.codes.RowOffsets.Upload(Enumerable.Range(0, rows + 1).ToArray());
            this.codes.Values.Upload(Enumerable.Repeat(1f, rows).ToArray());
        }

        this.codes.Indices.Upload(this.onHost.AsSpan(0, rows));
    }

    public void Dispose() => this.codes?.Dispose();
}
