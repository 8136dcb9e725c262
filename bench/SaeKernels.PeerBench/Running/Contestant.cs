using System.Diagnostics;

namespace SaeKernels.PeerBench;

/// <summary>A trainer with what its turns measured.</summary>
internal sealed class Contestant(Trainer trainer)
{
    // A turn lasts about this long, and one step at least.
    private const double TurnSeconds = 0.25;

    // Longer than idle threads of either side watch for work before they sleep (libgomp: some milliseconds; ours:
    // 20 µs): those of one shall not take processors from the next.
    private const double SettleSeconds = 0.02;

    private readonly Dictionary<string, Samples> stages = [];

    public Trainer Trainer { get; } = trainer;

    /// <summary>Milliseconds a step.</summary>
    public Samples Milliseconds { get; } = [];

    /// <summary>Milliseconds of each stage of a step.</summary>
    public IReadOnlyDictionary<string, Samples> Stages => this.stages;

    /// <summary>Milliseconds of the encoder.</summary>
    public Samples EncodeMilliseconds => this.stages[this.Trainer.EncoderStage];

    /// <summary>Processors that others used meanwhile.</summary>
    public Samples OtherLoad { get; } = [];

    /// <summary>Takes steps for a while, so that code is compiled, memory is there and caches are warm.</summary>
    public void WarmUp(IReadOnlyList<float[]> batches, double seconds)
    {
        long begin = Stopwatch.GetTimestamp();
        int step = 0;
        do
        {
            this.Trainer.Load(batches[step++ % batches.Count]);
            this.Trainer.Step();
            this.Trainer.Finish();
        }
        while (Stopwatch.GetElapsedTime(begin).TotalSeconds < seconds);
    }

    /// <summary>Measures one round: a pause, an untimed step where steps are short, then the timed ones.</summary>
    public void TakeTurn(IReadOnlyList<float[]> batches)
    {
        Settle();
        if (this.Milliseconds.Count == 0 || this.Milliseconds[^1] < TurnSeconds * 1e3)
        {
            WarmUp(batches, seconds: 0);
        }

        OtherLoad load = new();
        this.Trainer.Clock.Clear();
        long ticks = 0;
        int steps = 0;
        while (ticks < TurnSeconds * Stopwatch.Frequency)
        {
            this.Trainer.Load(batches[steps++ % batches.Count]);
            long begin = Stopwatch.GetTimestamp();
            this.Trainer.Step();
            ticks += Stopwatch.GetTimestamp() - begin;
            this.Trainer.Finish();
        }

        this.OtherLoad.Add(load.Read());
        this.Milliseconds.Add(ticks * 1e3 / Stopwatch.Frequency / steps);
        foreach ((string stage, double milliseconds) in this.Trainer.Clock.Read(steps))
        {
            if (!this.stages.TryGetValue(stage, out Samples? samples))
            {
                samples = [];
                this.stages.Add(stage, samples);
            }

            samples.Add(milliseconds);
        }
    }

    private static void Settle()
    {
        long begin = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begin).TotalSeconds < SettleSeconds)
        {
            // Busy on purpose: a sleeping processor would lower its clock.
            Thread.SpinWait(100);
        }
    }
}
