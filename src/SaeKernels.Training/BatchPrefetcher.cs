using SaeKernels.Data;

namespace SaeKernels.Training;

/// <summary>Reads and normalises the next batches on a thread of its own while the current one is trained on.</summary>
internal sealed class BatchPrefetcher : IDisposable
{
    private const int Slots = 3;
    private readonly ShuffledRows source;
    private readonly Normalization normalization;
    private readonly float[][] batches;
    private readonly SemaphoreSlim free = new(Slots);
    private readonly SemaphoreSlim full = new(0);
    private readonly CancellationTokenSource stop = new();
    private readonly Thread thread;
    private Exception? fault;
    private long taken;

    /// <summary>Starts reading at the source's position.</summary>
    /// <param name="source">The data in training order; used by this object only from now on.</param>
    /// <param name="normalization">What is applied to every vector.</param>
    /// <param name="batchLength">Numbers of a batch: vectors × DIn.</param>
    public BatchPrefetcher(ShuffledRows source, Normalization normalization, int batchLength)
    {
        this.source = source;
        this.normalization = normalization;
        this.batches = new float[Slots][];
        for (int slot = 0; slot < Slots; slot++)
        {
            this.batches[slot] = new float[batchLength];
        }

        this.thread = new Thread(ReadAhead) { IsBackground = true, Name = "SaeKernels batch prefetcher" };
        this.thread.Start();
    }

    /// <summary>Waits for the next batch. It may be used until the next call.</summary>
    public ReadOnlySpan<float> Next()
    {
        if (this.taken > 0)
        {
            this.free.Release();
        }

        this.full.Wait();
        if (Volatile.Read(ref this.fault) is Exception exception)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(exception);
        }

        return this.batches[this.taken++ % Slots];
    }

    /// <summary>Stops reading.</summary>
    public void Dispose()
    {
        this.stop.Cancel();
        this.thread.Join();
        this.stop.Dispose();
        this.free.Dispose();
        this.full.Dispose();
    }

    private void ReadAhead()
    {
        try
        {
            for (long next = 0; ; next++)
            {
                this.free.Wait(this.stop.Token);
                float[] batch = this.batches[next % Slots];
                this.source.Read(batch);
                this.normalization.Apply(batch);
                this.full.Release();
            }
        }
        catch (OperationCanceledException) when (this.stop.IsCancellationRequested)
        {
            // Disposed: nobody waits for a batch any more.
        }
        catch (Exception exception) when (
            exception is IOException or InvalidDataException or UnauthorizedAccessException or OutOfMemoryException)
        {
            // Told to the thread that asks for the next batch.
            Volatile.Write(ref this.fault, exception);
            this.full.Release();
        }
    }
}
