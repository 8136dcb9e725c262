using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

/// <summary>
/// The loss of gated autoencoders, whose ties are gates, and magnitudes behind an open gate, of exactly 0. What decodes
/// gates is constant; with tied weights the matrix still moves where it encodes.
/// </summary>
internal static class GatedGradientCases
{
    public const double Coefficient = 0.6;

    public static IEnumerable<GradientCase> All =>
    [
        Of(51, isListed: true, isTied: false, Coefficient),
        Of(52, isListed: false, isTied: false, Coefficient),
        Of(55, isListed: true, isTied: true, Coefficient),
        Of(54, isListed: false, isTied: true, Coefficient),
    ];

    public static GradientCase Of(ulong seed, bool isListed, bool isTied, double coefficient)
    {
        GradientInputs inputs = GradientInputs.Draw(
            seed, shape => shape with { Vectors = 2 }, ReluGradientCases.Share(isListed), Calm, isTied);
        OpenOntoNothing(inputs);
        double[][] gates = inputs.PreActivations;
        double[][] magnitudes = [.. inputs.Batch.Select(x => Magnitudes(inputs.Layout, inputs.Start, x))];
        bool[][] isOpen = HeldSelection.Pairs(gates, (row, latent) => gates[row][latent] > 0);
        bool[][] isActive = HeldSelection.Pairs(
            gates, (row, latent) => isOpen[row][latent] && magnitudes[row][latent] > 0);
        return new GradientCase
        {
            Architecture = "gated",
            Variant = (isListed ? "listed" : "in blocks") + (isTied ? ", tied weights" : string.Empty),
            Inputs = inputs,
            Active = isOpen,
            LostTies = HeldSelection.Pairs(gates, (row, latent) =>
                isOpen[row][latent] ? magnitudes[row][latent] == 0 : gates[row][latent] == 0),
            Loss = p => Loss(inputs, p, isOpen, isActive, coefficient),
            Create = (backend, model) => new GatedObjective(backend, model, new ReluObjectiveOptions
            {
                Batch = inputs.Batch.Length,
                L1Coefficient = coefficient,
                L1WarmupSteps = 0,
                ByDecoderNorm = false,
                DeadAfterTokens = 100,
                Variance = GradientCase.Variance,
                MaxGradientNorm = double.PositiveInfinity,
                ProjectDecoderGradient = false,
            }),
            IsListed = isListed,
            IsTied = isTied,
        };
    }

    /// <summary>Gains near 1.</summary>
    private static void Calm(FlatParameters layout, double[] p)
    {
        for (int latent = 0; latent < layout.Latents; latent++)
        {
            p[layout.FirstVector + layout.Latents + latent] *= 0.3;
        }
    }

    /// <summary>Opens the gates of a pair for the second vector, which gives it a magnitude of exactly 0.</summary>
    private static void OpenOntoNothing(GradientInputs inputs)
    {
        const int Latent = 10;
        inputs.Start.AsSpan(inputs.Layout.BEnc + Latent, 2).Fill(0.5);
        inputs.Start.AsSpan(inputs.Layout.FirstVector + Latent, 2).Clear();
    }

    private static double[] Magnitudes(FlatParameters layout, double[] p, double[] x) =>
    [
        .. layout.Products(p, x).Select((product, latent) =>
            (Math.Exp(p[layout.FirstVector + layout.Latents + latent]) * product) + p[layout.FirstVector + latent]),
    ];

    /// <summary>The loss from its formula, the decoder of the third term being that of the start.</summary>
    private static double Loss(
        GradientInputs inputs, double[] p, bool[][] isOpen, bool[][] isActive, double coefficient)
    {
        FlatParameters layout = inputs.Layout;
        double loss = 0;
        for (int row = 0; row < isOpen.Length; row++)
        {
            double[] x = inputs.Batch[row];
            double[] gates = [.. layout.PreActivations(p, x).Select((z, latent) => isOpen[row][latent] ? z : 0)];
            double[] magnitudes = [.. Magnitudes(layout, p, x).Select((f, latent) => isActive[row][latent] ? f : 0)];
            loss += coefficient * gates.Sum() / Math.Sqrt(GradientCase.Variance);
            loss += layout.Residual(p, x, magnitudes).Sum(e => e * e) / GradientCase.Variance;
            loss += layout.Residual(inputs.Start, x, gates).Sum(e => e * e) / GradientCase.Variance;
        }

        return loss / isOpen.Length;
    }
}
