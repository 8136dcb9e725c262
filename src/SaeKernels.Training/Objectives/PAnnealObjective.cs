using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>The ReLU loss whose penalty on activations is a power that falls from 1 during training.</summary>
/// <remarks>
/// <para>loss = mean_b ‖x − x̂‖² / V + λ · ρ · s(t) · mean_b Σ_j φ(z_j) / √V with φ(z) = (z + δ)^p − δ^p, or z while
/// p = 1. p falls in ten parts between two steps, ρ is such that the penalty's size does not jump with it, and decoder
/// rows have unit length.</para>
/// <para>δ = √V / 1,000 bounds the slope of φ, which is p · z^(p−1) without it. With p = 0.2 the smallest activations
/// pull 250 times as hard as those of √V; without δ one of √V / 10⁶ would pull 63,000 times as hard, and fill the
/// optimiser's second moments. One of δ changes the squared error of a vector by less than V / 500: nothing is lost
/// where φ does not tell smaller ones apart.</para>
/// <para>Source: Karvonen et al. 2024; the factor ρ: dictionary_learning's p-anneal trainer, which has no δ.</para>
/// </remarks>
public sealed class PAnnealObjective : ReluObjective
{
    private const double Offset = 1e-3;
    private readonly ExponentSchedule exponents;
    private readonly PenaltyContinuity continuity;
    private readonly double offset;
    private double exponent = 1;
    private RealMatrix batch;
    private RealBuffer? notedSums;

    /// <summary>The architecture's row in <see cref="TrainingObjectives.All"/>.</summary>
    public static ArchitectureTraining Training { get; } = new(
        ReluSae.PAnnealArchitecture.Id,
        ArchitectureOptions.L1Coefficient | ArchitectureOptions.TargetL0 | ArchitectureOptions.Exponent,
        plan => MostEntries(plan.Batch, plan.Latents),
        (backend, parameters, plan, variance) => new PAnnealObjective(
            backend,
            parameters,
            OptionsOf(plan, variance, byDecoderNorm: false) with
            {
                // The penalty of the start settles first, and the last one has the falling learning rate to itself.
                ExponentFirstStep = Math.Max(2, plan.Steps / 10),
                ExponentLastStep = Math.Max(Math.Max(2, plan.Steps / 10), plan.Steps - plan.DecaySteps),
                EndExponent = plan.EndExponent,
            }))
    {
        NumbersOfLatent = 2 * PenaltyContinuity.Steps,
    };

    /// <summary>Allocates what a step needs.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="parameters">The model; the caller disposes it.</param>
    /// <param name="options">The loss and the largest batch.</param>
    public PAnnealObjective(IComputeBackend backend, SaeParameters parameters, ReluObjectiveOptions options)
        : base(backend, parameters, options)
    {
        this.exponents = new ExponentSchedule(
            options.ExponentFirstStep, options.ExponentLastStep, options.EndExponent);
        this.continuity = new PenaltyContinuity(backend, parameters.WEnc.Rows);
        this.offset = Offset * Math.Sqrt(options.Variance);
    }

    private protected override PenaltyCurve Curve => CurveOf(this.exponent);

    private protected override double CurveScale => this.continuity.Factor;

    private protected override RealBuffer PenaltySums => this.notedSums ?? base.PenaltySums;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> SaveState()
    {
        Dictionary<string, double> state = new(base.SaveState());
        this.continuity.Save(state);
        return state;
    }

    /// <inheritdoc/>
    public override void RestoreState(IReadOnlyDictionary<string, double> state)
    {
        base.RestoreState(state);
        this.continuity.Restore(state);
    }

    private protected override void Forward(RealMatrix x, long step)
    {
        this.batch = x;
        base.Forward(x, step);
    }

    private protected override void AdaptPenalty(long step)
    {
        base.AdaptPenalty(step);
        this.exponent = this.exponents.At(step);
        if (this.exponents.ChangesAt(step))
        {
            this.continuity.Change();
        }

        this.notedSums = null;
        if (this.exponents.NextChange(step) is long next && next - step <= PenaltyContinuity.Steps)
        {
            (RealBuffer before, RealBuffer after) = this.continuity.Note();
            SumCosts(CurveOf(this.exponents.At(next)), after);
            this.notedSums = before;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        this.continuity.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Adds up what latents would cost with another curve; gradients come with it and are not kept.</summary>
    private void SumCosts(PenaltyCurve curve, RealBuffer sums)
    {
        LatentGradientInputs inputs = Inputs(this.batch);
        SumGradients(inputs with { Penalty = inputs.Penalty!.Value with { Curve = curve, Sums = sums } });
    }

    private PenaltyCurve CurveOf(double p) =>
        p == 1 ? PenaltyCurve.Linear : PenaltyCurve.Power(p, this.offset);
}
