using System.Globalization;
using BenchmarkDotNet.Running;
using SaeKernels.Benchmarks;

// `--opencl DIn DSae k batch …` prints rows of the encoders on OpenCL; all else is for BenchmarkDotNet.
if (args is ["--opencl", .. string[] sizes])
{
    foreach (int[] size in sizes.Select(size => int.Parse(size, CultureInfo.InvariantCulture)).Chunk(4))
    {
        EncoderRates.Measure(new StepShape(size[0], size[1], size[2], size[3]), Console.Out);
    }
}
else
{
    BenchmarkSwitcher.FromAssembly(typeof(StepBenchmarks).Assembly).Run(args);
}
