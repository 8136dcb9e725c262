namespace SaeKernels.Training;

/// <summary>Adapts the weight of a penalty so that a wanted number of latents is active in the mean.</summary>
/// <remarks>
/// With r = ln(L0 / wanted), held within ±1, the weight of a step is λ = λ₀ · exp(r + Σ g·r), the sum over this and
/// all earlier steps and g = 20 / steps of the run: what is left of an error halves in less than a tenth of the run,
/// and the first term keeps it from overshooting. The sum begins when the weight's warm-up ends: until then L0 says
/// nothing about λ. Every number is a function of the batches and the weights, so a run can be repeated and resumed bit
/// for bit.
/// </remarks>
public sealed class SparsityController
{
    private const string SumName = "controller_sum";
    private const double First = 0.1;
    private const double Proportional = 1;
    private const double IntegralOfRun = 20;
    private const double MostError = 1;
    private readonly double target;
    private readonly double integral;
    private readonly long firstStep;
    private double sum;

    /// <summary>Begins with λ₀ = 0.1.</summary>
    /// <param name="target">The wanted mean number of active latents; positive.</param>
    /// <param name="steps">The steps of the run; at least 1.</param>
    /// <param name="warmupSteps">The steps over which the weight rises from 0.</param>
    public SparsityController(double target, long steps, long warmupSteps)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(target);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        this.target = target;
        this.integral = IntegralOfRun / steps;
        this.firstStep = warmupSteps;
    }

    /// <summary>Returns what has been added up so far: all that later weights depend on.</summary>
    public IReadOnlyDictionary<string, double> SaveState() =>
        new Dictionary<string, double> { [SumName] = this.sum };

    /// <summary>Continues from what <see cref="SaveState"/> returned.</summary>
    /// <param name="state">The numbers.</param>
    public void RestoreState(IReadOnlyDictionary<string, double> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        this.sum = state[SumName];
    }

    /// <summary>Notes how many latents are active in a step, and returns the weight of that step.</summary>
    /// <param name="step">The step, counted from 1.</param>
    /// <param name="l0">The mean number of active latents of its batch.</param>
    public double Next(long step, double l0)
    {
        double error = l0 > 0 ? Math.Clamp(Math.Log(l0 / this.target), -MostError, MostError) : -MostError;
        if (step > this.firstStep)
        {
            this.sum += this.integral * error;
        }

        return First * Math.Exp((Proportional * error) + this.sum);
    }
}
