using System.Globalization;
using BenchmarkDotNet.Running;
using SaeKernels.Benchmarks;

// `--opencl DIn DSae k batch …` prints rows of the encoders on OpenCL, `--side-by-side DATA STEPS` those of eight
// training runs on one pass over the data; all else is for BenchmarkDotNet.
if (args is ["--opencl", .. string[] sizes])
{
    foreach (int[] size in sizes.Select(size => int.Parse(size, CultureInfo.InvariantCulture)).Chunk(4))
    {
        EncoderRates.Measure(new StepShape(size[0], size[1], size[2], size[3]), Console.Out);
    }
}
else if (args is ["--side-by-side", string data, string steps])
{
    SideBySide.Measure(data, long.Parse(steps, CultureInfo.InvariantCulture), Console.Out);
}
else
{
    BenchmarkSwitcher.FromAssembly(typeof(StepBenchmarks).Assembly).Run(args);
}
