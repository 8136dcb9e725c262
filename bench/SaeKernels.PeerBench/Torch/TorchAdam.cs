using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SaeKernels.PeerBench;

/// <summary>Adam over the parameters of a peer.</summary>
internal abstract class TorchAdam : IDisposable
{
    protected const double Beta1 = 0.9;
    protected const double Beta2 = 0.999;
    protected const double Epsilon = 1e-8;

    /// <summary>Applies the gradients that the parameters hold.</summary>
    public abstract void Step();

    public abstract void Dispose();
}

/// <summary>One libtorch operation after another, as PyTorch does on processors by default.</summary>
internal sealed class UnfusedAdam(Parameter[] parameters) : TorchAdam
{
    private readonly optim.Optimizer optimizer =
        optim.Adam(parameters, lr: Trainer.LearningRate, beta1: Beta1, beta2: Beta2, eps: Epsilon);

    public override void Step() => this.optimizer.step();

    public override void Dispose() => this.optimizer.Dispose();
}

/// <summary>at::_fused_adam_, what PyTorch does with <c>fused=True</c>; TorchSharp reaches it by TorchScript.</summary>
internal sealed class FusedAdam(Parameter[] parameters) : TorchAdam
{
    // The lists must come from outside: TorchScript removes the call as dead code where it can see that nothing reads
    // the lists again.
    private const string Script = """
        def step(p: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], t: List[Tensor],
                 lr: float, beta1: float, beta2: float, eps: float) -> int:
          for count in t:
            count.add_(1.0)
          none: List[Tensor] = []
          torch._fused_adam_(p, g, m, v, none, t, lr=lr, beta1=beta1, beta2=beta2, weight_decay=0.0, eps=eps,
                             amsgrad=False, maximize=False)
          return 0

        """;

    private readonly jit.CompilationUnit compiled = jit.compile(Script);
    private readonly Tensor[] first = [.. parameters.Select(item => zeros(item.shape))];
    private readonly Tensor[] second = [.. parameters.Select(item => zeros(item.shape))];
    private readonly Tensor[] counts = [.. parameters.Select(item => zeros(1))];

    public override void Step()
    {
        using IDisposable ungraded = no_grad();
        Tensor[] gradients = [.. parameters.Select(item => item.grad!)];
        this.compiled.invoke(
            "step",
            parameters,
            gradients,
            this.first,
            this.second,
            this.counts,
            Trainer.LearningRate,
            Beta1,
            Beta2,
            Epsilon);
    }

    public override void Dispose()
    {
        foreach (Tensor state in (ReadOnlySpan<Tensor>)[.. this.first, .. this.second, .. this.counts])
        {
            state.Dispose();
        }

        this.compiled.Dispose();
    }
}
