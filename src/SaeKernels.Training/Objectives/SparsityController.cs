using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>Adapts the weight of a penalty so that a wanted number of latents is active in the mean.</summary>
/// <remarks>
/// With r = ln(L0 / wanted), held within ±1, the weight of a step is λ = λ₀ · exp(r + Σ g·r), the sum over this and
/// all earlier steps and g = 20 / steps of the run: what is left of an error halves in less than a tenth of the run,
/// and the first term keeps it from overshooting. The weight rises over its warm-up, and the sum begins after it: until
/// then L0 says nothing about λ. The device computes all of it, so that no step waits. Every number is a function of
/// the batches and the weights, so a run can be repeated and resumed bit for bit.
/// </remarks>
public sealed class SparsityController : IDisposable
{
    private const string SumName = "controller_sum";
    private const double DefaultFirst = 0.1;
    private const double IntegralOfRun = 20;

    // What the source of steps begins with, beside a squared error in units of the data.
    private const double FirstOfSteps = 1.2;
    private const double MostGain = 64;
    private readonly IComputeBackend backend;
    private readonly LongBuffer sum;
    private readonly RealBuffer coefficient;
    private readonly double target;
    private readonly double gain;
    private readonly long warmupSteps;
    private readonly double first;
    private readonly bool bySign;

    /// <summary>Begins with a weight λ₀.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="target">The wanted mean number of active latents; positive.</param>
    /// <param name="steps">The steps of the run; at least 1.</param>
    /// <param name="warmupSteps">The steps over which the weight rises from 0.</param>
    /// <param name="first">λ₀; positive.</param>
    public SparsityController(
        IComputeBackend backend, double target, long steps, long warmupSteps, double first = DefaultFirst)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(target);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(first);
        this.backend = backend;
        this.target = target;
        this.gain = Math.Min(MostGain, IntegralOfRun / steps);
        this.warmupSteps = warmupSteps;
        this.first = first;
        this.sum = backend.AllocateLong("SparsityController.Sum", 1);
        this.coefficient = backend.AllocateReal("SparsityController.Coefficient", 1);
    }

    private SparsityController(IComputeBackend backend, double target, double step, long warmupSteps, double first)
        : this(backend, target, steps: 1, warmupSteps, first)
    {
        this.gain = step;
        this.bySign = true;
    }

    /// <summary>
    /// Begins with λ₀ = 1.2 / √V, and after the warm-up multiplies λ in every step by e to the power of ± a step: up
    /// where L0 reaches what is wanted, down where it does not.
    /// </summary>
    /// <remarks>Source: N. Nabeshima, matryoshka-saes, sae.py, which multiplies by 1 ± step.</remarks>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="target">The wanted mean number of active latents; positive.</param>
    /// <param name="step">How much ln λ changes in a step; above 0 and at most 1.</param>
    /// <param name="warmupSteps">The steps over which the weight rises from 0.</param>
    /// <param name="unit">√V, in whose inverse λ is measured; positive.</param>
    public static SparsityController BySteps(
        IComputeBackend backend, double target, double step, long warmupSteps, double unit)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(step, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(unit);
        return new SparsityController(backend, target, step, warmupSteps, FirstOfSteps / unit);
    }

    /// <summary>The weight of the last step.</summary>
    public ScalarSlot Coefficient => new(this.coefficient, 0);

    /// <summary>Waits for the device and returns the sum so far: all that later weights depend on.</summary>
    public IReadOnlyDictionary<string, double> SaveState()
    {
        long units = 0;
        this.sum.Download(new Span<long>(ref units));
        return new Dictionary<string, double> { [SumName] = (double)units / AdaptPenaltyArguments.UnitsOfSum };
    }

    /// <summary>Continues from what <see cref="SaveState"/> returned.</summary>
    /// <param name="state">The numbers.</param>
    public void RestoreState(IReadOnlyDictionary<string, double> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        this.sum.Upload([(long)Math.Round(state[SumName] * AdaptPenaltyArguments.UnitsOfSum)]);
    }

    /// <summary>Sets the weight of a step from the number of latents that are active in it.</summary>
    /// <param name="step">The step, counted from 1.</param>
    /// <param name="l0">The mean number of active latents of its batch.</param>
    public void Adapt(long step, ScalarSlot l0) => this.backend.AdaptPenalty(new AdaptPenaltyArguments
    {
        L0 = l0,
        Target = this.target,
        Gain = step > this.warmupSteps ? this.gain : 0,
        BySign = this.bySign,
        Scale = this.first * (step < this.warmupSteps ? (double)step / this.warmupSteps : 1),
        Sum = this.sum,
        Factor = this.Coefficient,
    });

    /// <summary>Waits for the device and returns the weight of the last step.</summary>
    public double Read()
    {
        double weight = 0;
        this.coefficient.Download(new Span<double>(ref weight));
        return weight;
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        this.sum.Dispose();
        this.coefficient.Dispose();
    }
}
