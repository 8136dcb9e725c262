namespace SaeKernels.Training;

/// <summary>Which of the next few batches, read once for several runs, is there, and who may take which step.</summary>
/// <remarks>
/// The run that is furthest behind goes first, and takes all batches that are there one after the other: its weights
/// stay in the cache meanwhile. A batch is overwritten once every run is past it. Used by several threads at once.
/// </remarks>
internal sealed class SharedBatches
{
    /// <summary>Batches that are kept.</summary>
    public const int Slots = 6;

    private readonly object gate = new();
    private readonly long[] next;
    private readonly long[] ends;
    private readonly bool[] isTaken;
    private long filled;
    private bool isStopped;

    /// <summary>Describes the runs.</summary>
    /// <param name="next">The steps that each has taken.</param>
    /// <param name="ends">The steps of each in all.</param>
    public SharedBatches(long[] next, long[] ends)
    {
        this.next = next;
        this.ends = ends;
        this.isTaken = new bool[next.Length];
        this.filled = Behind();
    }

    /// <summary>Waits for a run that may go on.</summary>
    /// <param name="steps">How many steps it may take.</param>
    /// <returns>The run, which is then the caller's until it is given back; −1 where there is nothing to do.</returns>
    public int Take(out long steps)
    {
        lock (this.gate)
        {
            while (!this.isStopped && Behind() < long.MaxValue)
            {
                int chosen = -1;
                for (int run = 0; run < this.next.Length; run++)
                {
                    bool isReady = !this.isTaken[run] && this.next[run] < Math.Min(this.ends[run], this.filled);
                    chosen = isReady && (chosen < 0 || this.next[run] < this.next[chosen]) ? run : chosen;
                }

                if (chosen >= 0)
                {
                    this.isTaken[chosen] = true;
                    steps = Math.Min(this.ends[chosen], this.filled) - this.next[chosen];
                    return chosen;
                }

                Monitor.Wait(this.gate);
            }

            steps = 0;
            return -1;
        }
    }

    /// <summary>A run has taken a step.</summary>
    /// <param name="run">The run.</param>
    /// <returns>Whether it may go on.</returns>
    public bool Advance(int run)
    {
        lock (this.gate)
        {
            this.next[run]++;
            Monitor.PulseAll(this.gate);
            return !this.isStopped;
        }
    }

    /// <summary>Gives a run back.</summary>
    /// <param name="run">The run.</param>
    /// <param name="isOver">Whether it takes no further step.</param>
    public void GiveBack(int run, bool isOver)
    {
        lock (this.gate)
        {
            this.isTaken[run] = false;
            this.ends[run] = isOver ? this.next[run] : this.ends[run];
            Monitor.PulseAll(this.gate);
        }
    }

    /// <summary>Waits until the next batch may be written.</summary>
    /// <returns>Its step; −1 where none is wanted any more.</returns>
    public long AwaitRoom()
    {
        lock (this.gate)
        {
            while (!this.isStopped && Behind() < long.MaxValue)
            {
                if (this.filled < Math.Min(Behind() + Slots, this.ends.Max()))
                {
                    return this.filled;
                }

                Monitor.Wait(this.gate);
            }

            return -1;
        }
    }

    /// <summary>The batch that room was awaited for is written.</summary>
    public void Fill()
    {
        lock (this.gate)
        {
            this.filled++;
            Monitor.PulseAll(this.gate);
        }
    }

    /// <summary>Lets everybody end after the step that they are in.</summary>
    public void Stop()
    {
        lock (this.gate)
        {
            this.isStopped = true;
            Monitor.PulseAll(this.gate);
        }
    }

    /// <summary>The least step of a run that is not over; the largest number where all are.</summary>
    private long Behind()
    {
        long least = long.MaxValue;
        for (int run = 0; run < this.next.Length; run++)
        {
            least = this.next[run] < this.ends[run] ? Math.Min(least, this.next[run]) : least;
        }

        return least;
    }
}
