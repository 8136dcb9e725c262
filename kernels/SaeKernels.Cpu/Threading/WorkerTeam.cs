using System.Runtime.ExceptionServices;

namespace SaeKernels.Cpu;

/// <summary>Threads of our own that share the chunks of one job after another with the thread that calls.</summary>
/// <remarks>
/// Each thread begins with a share of the chunks that is the same in every job of as many chunks, so that what it has
/// in its caches is what it needs next; then it helps the others with theirs.
/// Idle workers watch for a job for a few microseconds, then sleep. A job does not wait for sleepers: it is over when
/// its chunks are handed out and the workers that joined are done. A job that does not fail allocates nothing.
/// </remarks>
internal sealed unsafe class WorkerTeam : IDisposable
{
    // About 20 µs: longer than the gap between the operations of a step, shorter than a scheduler's time slice.
    private const int SpinRounds = 400;
    private const int SpinsPerRound = 10;

    // A ticket is the job's number above one bit "open" above the count of workers inside.
    private const long OpenBit = 1L << 16;
    private const long WorkerMask = OpenBit - 1;
    private const int JobShift = 17;

    // Numbers from one thread's counter to the next: whole cache lines, two of which some processors fetch together.
    private const int CounterStride = 32;

    private readonly object gate = new();
    private readonly Thread[] workers;
    private readonly int[] nextChunks;
    private delegate*<void*, int, int, void> run;
    private void* body;
    private int chunks;
    private long ticket;
    private int sleepers;
    private bool stopping;
    private ExceptionDispatchInfo? failure;

    /// <summary>Starts the workers.</summary>
    /// <param name="threads">Threads that share a job, the calling one included; at least 1.</param>
    public WorkerTeam(int threads)
    {
        this.workers = new Thread[threads - 1];
        this.nextChunks = new int[(threads + 1) * CounterStride];
        for (int i = 0; i < this.workers.Length; i++)
        {
            int worker = i + 1;
            this.workers[i] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"SaeKernels.Cpu {worker}" };
            this.workers[i].Start();
        }
    }

    /// <summary>Threads that share a job, the calling one included.</summary>
    public int Threads => this.workers.Length + 1;

    /// <summary>Runs every chunk once and returns when all are done.</summary>
    /// <param name="count">The number of chunks.</param>
    /// <param name="work">What a chunk does.</param>
    /// <exception cref="ObjectDisposedException">The team was disposed.</exception>
    public void For<TBody>(int count, TBody work)
        where TBody : unmanaged, IChunkBody
    {
        ObjectDisposedException.ThrowIf(this.stopping, this);
        if (count <= 1 || this.workers.Length == 0)
        {
            for (int chunk = 0; chunk < count; chunk++)
            {
                work.Run(chunk, worker: 0);
            }

            return;
        }

        this.run = &Invoke<TBody>;
        this.body = &work;
        this.chunks = count;
        for (int member = 0; member < this.Threads; member++)
        {
            NextChunk(member) = Chunks.EvenStart(member, this.Threads, count);
        }

        Open();
        RunChunks(worker: 0);
        CloseAndWait();
        ExceptionDispatchInfo? caught = this.failure;
        this.failure = null;
        caught?.Throw();
    }

    /// <summary>Ends the workers.</summary>
    public void Dispose()
    {
        lock (this.gate)
        {
            this.stopping = true;
            Monitor.PulseAll(this.gate);
        }

        foreach (Thread worker in this.workers)
        {
            worker.Join();
        }
    }

    private static void Invoke<TBody>(void* body, int chunk, int worker)
        where TBody : unmanaged, IChunkBody => ((TBody*)body)->Run(chunk, worker);

    private void Open()
    {
        Volatile.Write(ref this.ticket, (((this.ticket >> JobShift) + 1) << JobShift) | OpenBit);
        // A worker counts itself as a sleeper, then looks at the ticket once more: one of the two sees the other.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref this.sleepers) > 0)
        {
            lock (this.gate)
            {
                Monitor.PulseAll(this.gate);
            }
        }
    }

    private void RunChunks(int worker)
    {
        try
        {
            for (int turn = 0; turn < this.Threads; turn++)
            {
                RunShare((worker + turn) % this.Threads, worker);
            }
        }
        catch (Exception exception)
        {
            // Whoever called must see it, on the caller's thread and after every worker has left the job.
            Interlocked.CompareExchange(ref this.failure, ExceptionDispatchInfo.Capture(exception), null);
            for (int member = 0; member < this.Threads; member++)
            {
                Volatile.Write(ref NextChunk(member), this.chunks);
            }
        }
    }

    private void RunShare(int member, int worker)
    {
        int end = Chunks.EvenStart(member + 1, this.Threads, this.chunks);
        ref int next = ref NextChunk(member);
        while (Volatile.Read(ref next) < end)
        {
            int chunk = Interlocked.Increment(ref next) - 1;
            if (chunk < end)
            {
                this.run(this.body, chunk, worker);
            }
        }
    }

    private ref int NextChunk(int member) => ref this.nextChunks[(member + 1) * CounterStride];

    private void CloseAndWait()
    {
        long closed = Interlocked.And(ref this.ticket, ~OpenBit);
        for (int round = 0; round < SpinRounds && (closed & WorkerMask) != 0; round++)
        {
            Thread.SpinWait(SpinsPerRound);
            closed = Volatile.Read(ref this.ticket);
        }

        if ((closed & WorkerMask) != 0)
        {
            lock (this.gate)
            {
                while ((Volatile.Read(ref this.ticket) & WorkerMask) != 0)
                {
                    Monitor.Wait(this.gate);
                }
            }
        }
    }

    private void Work(int worker)
    {
        long seen = 0;
        while (WaitForJob(ref seen))
        {
            RunChunks(worker);
            long left = Interlocked.Decrement(ref this.ticket);
            if ((left & WorkerMask) == 0 && (left & OpenBit) == 0)
            {
                lock (this.gate)
                {
                    Monitor.PulseAll(this.gate);
                }
            }
        }
    }

    /// <summary>Waits for a job after the one seen last, and joins it; false when the team ends.</summary>
    private bool WaitForJob(ref long seen)
    {
        for (int round = 0; !Volatile.Read(ref this.stopping); round++)
        {
            if (TryJoin(ref seen))
            {
                return true;
            }

            if (round < SpinRounds)
            {
                Thread.SpinWait(SpinsPerRound);
                continue;
            }

            Sleep(seen);
            round = 0;
        }

        return false;
    }

    private bool TryJoin(ref long seen)
    {
        long current = Volatile.Read(ref this.ticket);
        while ((current & OpenBit) != 0 && current >> JobShift != seen)
        {
            long found = Interlocked.CompareExchange(ref this.ticket, current + 1, current);
            if (found == current)
            {
                seen = current >> JobShift;
                return true;
            }

            current = found;
        }

        return false;
    }

    private void Sleep(long seen)
    {
        lock (this.gate)
        {
            Interlocked.Increment(ref this.sleepers);
            while (!this.stopping && !IsOpen(seen))
            {
                Monitor.Wait(this.gate);
            }

            Interlocked.Decrement(ref this.sleepers);
        }
    }

    private bool IsOpen(long seen)
    {
        long current = Volatile.Read(ref this.ticket);
        return (current & OpenBit) != 0 && current >> JobShift != seen;
    }
}
