using BenchmarkDotNet.Attributes;
using SaeKernels.Abstractions;

namespace SaeKernels.Benchmarks;

public class LoadBatchBenchmarks : StepBenchmarks
{
    private BatchStaging? staging;

    [Params(StagedElement.Fp32, StagedElement.Fp16, StagedElement.Bf16)]
    public StagedElement Element { get; set; }

    [GlobalSetup(Target = nameof(LoadBatch))]
    public void Stage()
    {
        Open();
        RealMatrix activations = this.Step.Center.Activations;
        this.staging = this.Step.Backend.CreateBatchStaging(
            "Staging", slots: 1, (long)activations.Rows * activations.Columns, this.Element);
    }

    [GlobalCleanup(Target = nameof(LoadBatch))]
    public void Unstage()
    {
        this.staging?.Dispose();
        Close();
    }

    [Benchmark]
    public void LoadBatch() => this.Step.Backend.LoadBatch(new LoadBatchArguments
    {
        Staging = this.staging!,
        Slot = 0,
        Mean = this.Step.Center.BDec,
        Activations = this.Step.Center.Activations,
    });
}
