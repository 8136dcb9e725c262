using SaeKernels.Abstractions;
using SaeKernels.Data;

namespace SaeKernels.Training;

/// <summary>A batch of some columns of the data on the device: what is read, or what is reconstructed.</summary>
internal sealed class SiteBatch : IDisposable
{
    private readonly RealMatrix vectors;
    private readonly RealBuffer? mean;
    private readonly RealBuffer? scales;
    private readonly float scale;
    private readonly int stagedWidth;
    private readonly int firstColumn;

    /// <summary>Allocates a batch.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="name">What the batch is; used in messages.</param>
    /// <param name="plan">The run.</param>
    /// <param name="normalization">The map of all columns of the data.</param>
    /// <param name="firstColumn">The first column.</param>
    /// <param name="columns">How many.</param>
    public SiteBatch(
        IComputeBackend backend,
        string name,
        TrainingPlan plan,
        Normalization normalization,
        int firstColumn,
        int columns)
    {
        Normalization own = normalization.Columns(firstColumn, columns);
        this.stagedWidth = plan.StagedWidth;
        this.firstColumn = firstColumn;
        this.scale = own.Scale;
        this.mean = Place(backend, "Mean", own.Mean);
        this.scales = Place(backend, "Scales", own.Scales);
        this.vectors = new RealMatrix(
            backend.AllocateReal(name, (long)plan.Batch * columns), plan.Batch, columns);
    }

    /// <summary>All vectors of the batch.</summary>
    public RealMatrix All => this.vectors;

    /// <summary>Takes its columns of normalised vectors, at most a batch of them.</summary>
    public RealMatrix Upload(ReadOnlySpan<float> rows)
    {
        int count = rows.Length / this.stagedWidth;
        if (this.vectors.Columns == this.stagedWidth)
        {
            this.vectors.Buffer.Upload(rows);
            return this.vectors.Slice(0, count);
        }

        float[] own = new float[count * this.vectors.Columns];
        for (int row = 0; row < count; row++)
        {
            ReadOnlySpan<float> source = rows.Slice((row * this.stagedWidth) + this.firstColumn, this.vectors.Columns);
            source.CopyTo(own.AsSpan(row * this.vectors.Columns));
        }

        this.vectors.Buffer.Upload(own.AsSpan());
        return this.vectors.Slice(0, count);
    }

    /// <summary>Takes its columns of a staged batch and normalises them; waits for nothing.</summary>
    public void Load(IComputeBackend backend, BatchStaging staging, int slot) =>
        backend.LoadBatch(new LoadBatchArguments
        {
            Staging = staging,
            Slot = slot,
            Mean = this.mean,
            Scale = this.scale,
            Scales = this.scales,
            StagedColumns = this.stagedWidth,
            FirstColumn = this.firstColumn,
            Activations = this.vectors,
        });

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        this.vectors.Buffer.Dispose();
        this.mean?.Dispose();
        this.scales?.Dispose();
    }

    private static RealBuffer? Place(IComputeBackend backend, string name, IReadOnlyList<float> numbers)
    {
        if (numbers.Count == 0)
        {
            return null;
        }

        RealBuffer buffer = backend.AllocateReal(name, numbers.Count);
        buffer.Upload([.. numbers]);
        return buffer;
    }
}
