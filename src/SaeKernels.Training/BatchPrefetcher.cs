using System.Runtime.ExceptionServices;
using SaeKernels.Abstractions;
using SaeKernels.Data;

namespace SaeKernels.Training;

/// <summary>
/// Reads the next batches and sends them to the device, on a thread of its own while the current one is trained on.
/// </summary>
internal sealed class BatchPrefetcher : IDisposable
{
    /// <summary>Batches on their way: one in use, one on the device, one being read.</summary>
    public const int Slots = 3;

    private readonly ShuffledRows source;
    private readonly Normalization normalization;
    private readonly SemaphoreSlim free = new(Slots);
    private readonly SemaphoreSlim full = new(0);
    private readonly CancellationTokenSource stop = new();
    private readonly Thread thread;
    private Exception? fault;
    private long taken;

    /// <summary>Starts reading at the source's position.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="source">The data in training order; used by this object only from now on.</param>
    /// <param name="element">How the batches are staged, from <see cref="StagedBatches"/>.</param>
    /// <param name="batchLength">Numbers of a batch: vectors × DIn.</param>
    /// <param name="normalization">The run's map.</param>
    public BatchPrefetcher(
        IComputeBackend backend,
        ShuffledRows source,
        StagedElement element,
        long batchLength,
        Normalization normalization)
    {
        this.source = source;
        this.normalization = normalization;
        this.Staging = backend.CreateBatchStaging("NextBatches", Slots, batchLength, element);
        this.thread = new Thread(ReadAhead) { IsBackground = true, Name = "SaeKernels batch prefetcher" };
        this.thread.Start();
    }

    /// <summary>Where the batches are.</summary>
    public BatchStaging Staging { get; }

    /// <summary>Waits for the next batch and returns its slot, which may be loaded until the next call.</summary>
    public int Next()
    {
        if (this.taken > 0)
        {
            this.free.Release();
        }

        this.full.Wait();
        if (Volatile.Read(ref this.fault) is Exception exception)
        {
            ExceptionDispatchInfo.Throw(exception);
        }

        return (int)(this.taken++ % Slots);
    }

    /// <summary>Stops reading.</summary>
    public void Dispose()
    {
        this.stop.Cancel();
        this.thread.Join();
        this.stop.Dispose();
        this.free.Dispose();
        this.full.Dispose();
        this.Staging.Dispose();
    }

    private void ReadAhead()
    {
        try
        {
            for (long next = 0; ; next++)
            {
                this.free.Wait(this.stop.Token);
                int slot = (int)(next % Slots);
                StagedBatches.Fill(this.Staging, slot, this.source, this.normalization);
                this.full.Release();
            }
        }
        catch (OperationCanceledException) when (this.stop.IsCancellationRequested)
        {
            // Disposed: nobody waits for a batch any more.
        }
        catch (Exception exception) when (
            exception is IOException or InvalidDataException or UnauthorizedAccessException or OutOfMemoryException
                or DeviceException)
        {
            // Told to the thread that asks for the next batch.
            Volatile.Write(ref this.fault, exception);
            this.full.Release();
        }
    }
}
