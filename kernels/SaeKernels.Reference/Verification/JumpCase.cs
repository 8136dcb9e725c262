using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>Thresholds of a verification case, some of them negative, and what their gradient is made of.</summary>
internal sealed class JumpCase
{
    private const float L0 = 3.5f;
    private readonly float[] thresholds;
    private readonly VerificationShape shape;

    public JumpCase(VerificationShape shape)
    {
        this.shape = shape;
        this.thresholds = new VerificationInputs(shape).Reals(shape.DSae, 0.5, most: 1);
    }

    /// <summary>ε; a power of two keeps whole numbers exact.</summary>
    public double Bandwidth => this.shape.Integers ? 4 : 0.6;

    /// <summary>Whether the estimator's gradient reaches pre-activations.</summary>
    public bool FlowsToInput { get; init; }

    /// <summary>Where the gradients of the thresholds were placed.</summary>
    public WorkbenchBuffer<float>? Gradients { get; private set; }

    private double StepScale => this.shape.Integers ? 0.125 : 0.0137;

    private double StepScalePerL0 => this.shape.Integers ? -0.25 : -0.0071;

    /// <summary>What an activation is, where its pre-activation is known within bounds.</summary>
    public static Bounded Activation(Bounded preActivation, double cut) => preActivation.Low > cut
        ? preActivation
        : new Bounded(
            preActivation.Value > cut ? preActivation.Value : 0, 0, preActivation.High > cut ? preActivation.High : 0);

    public double CutOf(int latent) => Math.Max(0, this.thresholds[latent]);

    public double LowOf(int latent) => (float)((float)CutOf(latent) - (float)(this.Bandwidth / 2));

    public double HighOf(int latent) => (float)((float)CutOf(latent) + (float)(this.Bandwidth / 2));

    /// <summary>The codes' values where everything in the band is listed.</summary>
    public Bounded[][] Activations(Bounded[][] preActivations) =>
        [.. preActivations.Select(row => row.Select((p, latent) => Activation(p, CutOf(latent))).ToArray())];

    public RealBuffer PlaceValues(Workbench bench) => bench.Input("Threshold.Values", this.thresholds).Reals;

    public JumpThreshold Place(Workbench bench)
    {
        this.Gradients = bench.Output("Threshold.Gradients", this.shape.DSae);
        return new JumpThreshold
        {
            Values = PlaceValues(bench),
            Bandwidth = this.Bandwidth,
            FlowsToInput = this.FlowsToInput,
            StepScale = this.StepScale,
            StepScalePerL0 = this.StepScalePerL0,
            L0 = bench.Input("Threshold.L0", [L0]).Slot,
            Gradients = this.Gradients.Reals,
        };
    }

    /// <summary>An entry with a value that is known.</summary>
    public BoundedEntry Entry(int latent, int row, float value) =>
        new(row, Bounded.Exact(value), IsActive: value != 0, IsCertain: true)
        {
            IsNear = value < HighOf(latent),
        };

    /// <summary>An entry that a pre-activation may be.</summary>
    public BoundedEntry Entry(int latent, int row, Bounded preActivation)
    {
        double cut = CutOf(latent);
        double low = LowOf(latent);
        double high = HighOf(latent);
        bool isOutside = preActivation.High <= low || preActivation.Low >= high;
        bool isInside = preActivation.Low > low && preActivation.High < high;
        return new BoundedEntry(
            row,
            Activation(preActivation, cut),
            IsActive: preActivation.Value > cut,
            IsCertain: preActivation.Low > cut || preActivation.High <= cut)
        {
            IsNear = preActivation.Value > low && preActivation.Value < high,
            IsNearCertain = isOutside || isInside,
        };
    }

    /// <summary>What an entry adds to −ε times the gradient of its latent's threshold.</summary>
    public Bounded TermOf(int latent, Bounded gradValue) =>
        (Bounded.Exact(CutOf(latent)) * gradValue)
        + (Bounded.Rounded(this.StepScale) + (Bounded.Rounded(this.StepScalePerL0) * Bounded.Exact(L0)));

    /// <summary>What a term of an entry adds to the gradient of its pre-activation.</summary>
    public Bounded Flow(Bounded term) => this.FlowsToInput ? term / Bounded.Rounded(this.Bandwidth) : default;

    /// <summary>The gradient of a threshold from the sum of its entries' terms and what inactive rows add.</summary>
    public Bounded Gradient(Bounded sum, Bounded ofInactive) =>
        ofInactive - (sum / Bounded.Rounded(this.Bandwidth));
}
