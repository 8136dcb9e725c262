using System.Diagnostics;
using System.Globalization;

namespace SaeKernels.PeerBench;

/// <summary>How many processors other programs kept busy, and a hypervisor took away, during a measurement.</summary>
/// <remarks>Read from Linux's /proc/stat, which counts hundredths of a second.</remarks>
internal sealed class OtherLoad
{
    private const string Counters = "/proc/stat";
    private const double TicksPerSecond = 100;
    private readonly long begin = Stopwatch.GetTimestamp();
    private readonly double beginSeconds = OfOthers();

    /// <summary>Returns the mean number of processors since this was made; NaN on other systems.</summary>
    public double Read() =>
        Math.Max(0, (OfOthers() - this.beginSeconds) / Stopwatch.GetElapsedTime(this.begin).TotalSeconds);

    private static double OfOthers()
    {
        if (!File.Exists(Counters))
        {
            return double.NaN;
        }

        // cpu  user nice system idle iowait irq softirq steal ...; all but idle and iowait is somebody's work.
        double[] ticks =
        [
            .. File.ReadLines(Counters).First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..9]
                .Select(field => double.Parse(field, CultureInfo.InvariantCulture)),
        ];
        double busy = (ticks.Sum() - ticks[3] - ticks[4]) / TicksPerSecond;
        using Process self = Process.GetCurrentProcess();
        return busy - self.TotalProcessorTime.TotalSeconds;
    }
}
