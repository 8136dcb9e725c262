using System.Diagnostics;

namespace SaeKernels.PeerBench;

/// <summary>Adds up how long the stages of steps took.</summary>
internal sealed class StageClock
{
    private readonly Dictionary<string, double> seconds = [];
    private long last;

    /// <summary>Forgets everything.</summary>
    public void Clear() => this.seconds.Clear();

    /// <summary>Begins the first stage of a step.</summary>
    public void Begin() => this.last = Stopwatch.GetTimestamp();

    /// <summary>Ends a stage and begins the next.</summary>
    public void End(string stage)
    {
        long now = Stopwatch.GetTimestamp();
        Add(stage, Stopwatch.GetElapsedTime(this.last, now).TotalSeconds);
        this.last = now;
    }

    /// <summary>Adds the time of a stage that somebody else measured.</summary>
    public void Add(string stage, double elapsedSeconds) =>
        this.seconds[stage] = this.seconds.GetValueOrDefault(stage) + elapsedSeconds;

    /// <summary>Returns milliseconds a step.</summary>
    public Dictionary<string, double> Read(int steps) =>
        this.seconds.ToDictionary(stage => stage.Key, stage => 1e3 * stage.Value / steps);
}
