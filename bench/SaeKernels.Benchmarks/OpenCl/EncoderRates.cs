using System.Globalization;
using SaeKernels.Ilgpu;

namespace SaeKernels.Benchmarks;

/// <summary>
/// The encoders on an OpenCL device that is a processor, beside a plain product in the same tiles: what selecting
/// costs.
/// </summary>
/// <remarks>
/// In turns, and in processor time of the whole process: what other programs take of the processors does not count. As
/// in most steps of training, no latent is dead, and the encoders look for some all the same.
/// </remarks>
internal static class EncoderRates
{
    private const int Rounds = 15;
    private const int CallsOfRound = 4;

    /// <summary>Writes a row of a CSV for the product and for each encoder.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="rows">
    /// Receives device, shape, operation, rounds, processor time of a call in milliseconds, GFLOP a second of that, and
    /// the median, the least and the most of the rounds' shares of the product's rate.
    /// </param>
    public static void Measure(StepShape shape, TextWriter rows)
    {
        using IlgpuBackend backend = IlgpuBackend.Create("opencl");
        using EncoderCases cases = new(backend, shape);
        double[][] seconds = [.. cases.All.Select(_ => new double[Rounds])];

        // The first round compiles, the next one overwrites it.
        for (int round = -1; round < Rounds; round++)
        {
            for (int i = 0; i < cases.All.Count; i++)
            {
                seconds[i][Math.Max(round, 0)] = SecondsOf(backend, cases.All[i].Launch);
            }
        }

        string device = backend.Device.Name.Replace(",", "", StringComparison.Ordinal);
        for (int i = 0; i < cases.All.Count; i++)
        {
            (string name, double operations, _) = cases.All[i];
            double work = operations / cases.All[0].Operations;
            double[] shares = [.. seconds[0].Zip(seconds[i], (product, own) => work * product / own)];
            double median = Median(seconds[i]);
            rows.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{device},{shape},{name},{Rounds},{median * 1e3:F2},{operations / median / 1e9:F1},")
                + string.Create(
                    CultureInfo.InvariantCulture, $"{Median(shares):F3},{shares.Min():F3},{shares.Max():F3}"));
        }
    }

    private static double SecondsOf(IlgpuBackend backend, Action launch)
    {
        backend.Synchronize();
        TimeSpan begin = Environment.CpuUsage.TotalTime;
        for (int call = 0; call < CallsOfRound; call++)
        {
            launch();
            backend.Synchronize();
        }

        return (Environment.CpuUsage.TotalTime - begin).TotalSeconds / CallsOfRound;
    }

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);
}
