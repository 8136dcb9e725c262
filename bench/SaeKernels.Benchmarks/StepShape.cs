namespace SaeKernels.Benchmarks;

/// <summary>The shape of a training step; in results DIn x DSae, k and batch.</summary>
public sealed record StepShape(int DIn, int DSae, int K, int Batch)
{
    public override string ToString() => $"{this.DIn}x{this.DSae} k{this.K} b{this.Batch}";
}
