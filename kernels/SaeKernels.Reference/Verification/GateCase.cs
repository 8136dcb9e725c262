using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>Gains, shifts and biases of gated latents in a verification case.</summary>
internal sealed class GateCase
{
    private readonly VerificationShape shape;
    private readonly float[] gains;
    private readonly float[] shifts;
    private readonly float[] biases;

    public GateCase(VerificationShape shape)
    {
        this.shape = shape;
        VerificationInputs inputs = new(shape);

        // Powers of two keep whole numbers exact.
        this.gains = shape.Integers
            ? [.. Enumerable.Range(0, shape.DSae).Select(latent => (float)(1 + (latent % 2)))]
            : inputs.Positive(shape.DSae, 0.8);
        this.shifts = inputs.Reals(shape.DSae, 0.3, most: 1);
        this.biases = inputs.Reals(shape.DSae, 0.3, most: 1);
    }

    /// <summary>Where ∂b_mag was placed.</summary>
    public WorkbenchBuffer<float>? GradBiases { get; private set; }

    /// <summary>Where ∂r was placed.</summary>
    public WorkbenchBuffer<float>? GradLogGains { get; private set; }

    public Bounded GainOf(int latent) => Bounded.Exact(this.gains[latent]);

    public Bounded BiasOf(int latent) => Bounded.Exact(this.biases[latent]);

    /// <summary>The magnitude that a gate's pre-activation gives, which may or may not be positive.</summary>
    public Bounded MagnitudeOf(int latent, Bounded preActivation)
    {
        Bounded open = ((GainOf(latent) * preActivation) + Bounded.Exact(this.shifts[latent]))
            .Clamp(0, double.PositiveInfinity);
        return preActivation.Low > 0
            ? open
            : new Bounded(preActivation.Value > 0 ? open.Value : 0, 0, preActivation.High > 0 ? open.High : 0);
    }

    public GatedMagnitudes PlaceMagnitudes(Workbench bench) => new(
        bench.Input("Gate.Gains", this.gains).Reals, bench.Input("Gate.Shifts", this.shifts).Reals);

    public GateGradients Place(Workbench bench)
    {
        this.GradBiases = bench.Output("Gate.GradBiases", this.shape.DSae);
        this.GradLogGains = bench.Output("Gate.GradLogGains", this.shape.DSae);
        return new GateGradients
        {
            Magnitudes = PlaceMagnitudes(bench),
            Biases = bench.Input("Gate.Biases", this.biases).Reals,
            GradBiases = this.GradBiases.Reals,
            GradLogGains = this.GradLogGains.Reals,
        };
    }

    /// <summary>Compares the gradients of a latent's bias and gain, where there are gates.</summary>
    public static void Compare(Comparison comparison, GateCase? gate, int latent, BoundedGradients expected)
    {
        if (gate is not null && expected.Gate is BoundedGate gradients)
        {
            comparison.Match("Gate.GradBiases", latent, gate.GradBiases!.Found[latent], gradients.GradBias);
            comparison.Match("Gate.GradLogGains", latent, gate.GradLogGains!.Found[latent], gradients.GradLogGain);
        }
    }
}
