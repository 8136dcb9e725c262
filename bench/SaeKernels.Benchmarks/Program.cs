using BenchmarkDotNet.Running;
using SaeKernels.Benchmarks;

BenchmarkSwitcher.FromAssembly(typeof(StepBenchmarks).Assembly).Run(args);
