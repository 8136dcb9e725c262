using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

/// <summary>
/// The losses of JumpReLU encoders, whose ties are pre-activations on their threshold: not active, and in the middle of
/// the rectangle.
/// </summary>
internal static class JumpReluGradientCases
{
    private const double Bandwidth = 0.3;
    private const double Coefficient = 0.04;
    private const double Wanted = 5;
    private const double Inactive = 0.3;

    public static IEnumerable<GradientCase> All =>
    [
        Of(41, "a price of L0", isListed: true, wanted: 0, inactive: 0),
        Of(42, "a price of L0", isListed: false, wanted: 0, inactive: 0),
        Of(43, "a wanted L0", isListed: true, Wanted, inactive: 0),
        Of(44, "a wanted L0", isListed: false, Wanted, inactive: 0),
        Of(45, "dead latents pay", isListed: true, wanted: 0, Inactive),
        Of(46, "dead latents pay", isListed: false, wanted: 0, Inactive),
        Tanh(47, isListed: true),
        Tanh(48, isListed: false),
        Of(71, "dead latents pay", isListed: true, Wanted, Inactive, isTied: true),
        Of(72, "dead latents pay", isListed: false, Wanted, Inactive, isTied: true),
        Tanh(73, isListed: true, isTied: true),
        Tanh(74, isListed: false, isTied: true),
    ];

    private static GradientCase Of(
        ulong seed, string variant, bool isListed, double wanted, double inactive, bool isTied = false)
    {
        GradientInputs inputs = Draw(seed, isListed, isTied);
        int rows = inputs.Batch.Length;

        // Half way through the warm-up.
        JumpReluLoss loss = new(inputs)
        {
            Coefficient = wanted > 0 ? 0.5 : 0.5 * Coefficient,
            Wanted = wanted,
            Inactive = inactive,
            DeadPay = true,
            Width = Bandwidth * Math.Sqrt(GradientCase.Variance),
        };
        JumpReluObjectiveOptions options = new()
        {
            Batch = rows,
            Coefficient = wanted > 0 ? 0 : Coefficient,
            TargetL0 = wanted,
            WarmupSteps = 4,
            Bandwidth = Bandwidth,
            InactiveCoefficient = inactive,

            // After this one batch, what was silent in it is dead.
            DeadAfterTokens = rows,
            Variance = GradientCase.Variance,
            MaxGradientNorm = double.PositiveInfinity,
            ProjectDecoderGradient = false,
        };
        return new GradientCase
        {
            Architecture = "jumprelu",
            Variant = Way(isListed, isTied) + ", " + variant,
            Inputs = inputs,
            Active = loss.Active,
            LostTies = loss.Kinks(),
            Loss = loss.Of,
            AddWritten = gradient => loss.AddStraightThrough(gradient, flowsToInput: false),
            Create = (backend, model) => new JumpReluObjective(backend, model, options),
            IsListed = isListed,
            IsTied = isTied,
            Entries = loss.CountEntries(),
            Step = 2,
        };
    }

    private static GradientCase Tanh(ulong seed, bool isListed, bool isTied = false)
    {
        GradientInputs inputs = Draw(seed, isListed, isTied);
        JumpReluLoss loss = new(inputs)
        {
            Saturating = 0.5 * Coefficient,
            Inactive = Inactive,
            Width = 2 * Math.Sqrt(GradientCase.Variance / inputs.Layout.DIn),
        };
        ReluObjectiveOptions options = new()
        {
            Batch = inputs.Batch.Length,
            L1Coefficient = Coefficient,
            L1WarmupSteps = 4,
            ByDecoderNorm = true,
            InactiveCoefficient = Inactive,
            DeadAfterTokens = 1000,
            Variance = GradientCase.Variance,
            MaxGradientNorm = double.PositiveInfinity,
        };
        return new GradientCase
        {
            Architecture = "jumprelu-tanh",
            Variant = Way(isListed, isTied),
            Inputs = inputs,
            Active = loss.Active,
            LostTies = loss.Kinks(),
            Loss = loss.Of,
            AddWritten = gradient => loss.AddStraightThrough(gradient, flowsToInput: true),
            Create = (backend, model) => new JumpReluTanhObjective(backend, model, options),
            IsListed = isListed,
            IsTied = isTied,
            Entries = loss.CountEntries(),
            Step = 2,
        };
    }

    private static string Way(bool isListed, bool isTied) =>
        (isListed ? "listed" : "in blocks") + (isTied ? ", tied weights" : string.Empty);

    private static GradientInputs Draw(ulong seed, bool isListed, bool isTied) => GradientInputs.Draw(
        seed,
        shape => shape with { Vectors = 1 },
        ReluGradientCases.Share(isListed),
        (layout, p) =>
        {
            for (int latent = 0; latent < layout.Latents; latent++)
            {
                p[layout.FirstVector + latent] = 0.6 * Math.Abs(p[layout.FirstVector + latent]);
            }

            p[layout.FirstVector + 4] = 0;
        },
        isTied);
}
