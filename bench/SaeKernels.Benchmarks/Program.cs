using System.Globalization;
using BenchmarkDotNet.Running;
using SaeKernels.Benchmarks;

// `--opencl DIn DSae k batch …` prints rows of the encoders on OpenCL, `--averages DIn DSae k batch …` those of moving
// averages of weights, `--side-by-side DATA STEPS` those of eight training runs on one pass over the data; all else is
// for BenchmarkDotNet.
if (args is ["--opencl", .. string[] sizes])
{
    foreach (StepShape shape in Shapes(sizes))
    {
        EncoderRates.Measure(shape, Console.Out);
    }
}
else if (args is ["--averages", .. string[] averaged])
{
    foreach (StepShape shape in Shapes(averaged))
    {
        MovingAverages.Measure(shape, Console.Out);
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

static IEnumerable<StepShape> Shapes(string[] sizes) => sizes
    .Select(size => int.Parse(size, CultureInfo.InvariantCulture))
    .Chunk(4)
    .Select(size => new StepShape(size[0], size[1], size[2], size[3]));
