using System.Globalization;

namespace SaeKernels.PeerBench;

/// <summary>Prints the times of one shape for people.</summary>
internal static class ResultTable
{
    // Threads of libtorch wait for each other spinning: where a processor is taken away they lose far more than it.
    private const double CleanLoad = 0.15;

    /// <summary>Writes to standard output.</summary>
    public static void Print(ResultKey key, IReadOnlyList<TimingRow> rows)
    {
        Ceilings ceilings = rows[0].Ceilings;
        Console.WriteLine();
        Console.WriteLine(key);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"float32 peak {ceilings.Fma.Median():F0} GFLOP/s, memory read {ceilings.Read.Median():F1} GB/s, "
            + $"updated {ceilings.Update.Median():F1} GB/s"));
        Console.WriteLine(
            $"{"variant",-22}{"ms",9}{"min",9}{"max",9}{"tokens/s",10}{"/ fp32",8}{"/ auto",8}{"encode",9}{"share",7}"
            + $"{"loss diff",11}{"others",8}");
        foreach (TimingRow row in rows)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{row.Variant,-22}{row.Milliseconds.Median(),9:F1}{row.Milliseconds.Min(),9:F1}"
                + $"{row.Milliseconds.Max(),9:F1}{key.Shape.Batch * 1e3 / row.Milliseconds.Median(),10:F0}"
                + $"{row.OverOursFp32,8:F2}{row.OverOursAuto,8:F2}{row.EncodeMilliseconds,9:F1}{row.EncodeShare,7:P0}"
                + $"{row.LossDifference,11:E1}{row.OtherLoad,8:F2}"));
        }

        if (rows.Any(row => row.OtherLoad > CleanLoad))
        {
            Console.WriteLine(
                $"Other programs took more than {CleanLoad} processors: these times say little. Run it again alone.");
        }
    }
}
