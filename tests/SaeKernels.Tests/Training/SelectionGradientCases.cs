using SaeKernels.Abstractions;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

/// <summary>
/// The losses of architectures that keep the largest pre-activations. Numbers of kept latents are odd and latents come
/// in pairs of equals, so that a cut goes through a pair.
/// </summary>
internal static class SelectionGradientCases
{
    private const int K = 3;
    private const int AuxK = 3;
    private const int WideK = 11;
    private const double AuxAlpha = 0.25;
    private const double WideAlpha = 0.125;

    public static IEnumerable<GradientCase> All =>
    [
        Of(1, "topk", "plain"),
        Of(2, "topk", "AuxK among eight", dead: 8),
        Of(3, "topk", "AuxK among two", dead: 2),
        Of(4, "topk", "tied weights", isTied: true),
        Of(5, "topk", "tied weights, AuxK", dead: 8, isTied: true),
        Of(6, "multi-topk", "plain"),
        Of(7, "groupmax", "plain"),
        Of(8, "groupmax", "AuxK", dead: 8),
        Of(9, "batchtopk", "plain"),
        Of(10, "batchtopk", "AuxK", dead: 8),
        Of(11, "batchtopk", "tied weights, AuxK", dead: 8, isTied: true),
        Of(12, "matryoshka-batchtopk", "plain"),
        Of(13, "matryoshka-batchtopk", "AuxK", dead: 8),
        Of(14, "matryoshka-batchtopk", "tied weights", isTied: true),
        Of(15, "transcoder", "plain"),
        Of(16, "transcoder", "AuxK", dead: 8),
        Of(17, "skip-transcoder", "plain"),
        Of(18, "skip-transcoder", "AuxK", dead: 8),
        Of(19, "crosscoder-batchtopk", "plain"),
        Of(20, "crosscoder-batchtopk", "AuxK", dead: 8),
        Of(61, "multi-topk", "tied weights", isTied: true),
        Of(62, "groupmax", "tied weights, AuxK", dead: 8, isTied: true),
    ];

    /// <summary>Whether a latent is dead where some number of them is: pairs, every third from the second on.</summary>
    public static bool IsDead(int latent, int count) => latent / 2 % 3 == 1 && (latent / 6 * 2) + (latent % 2) < count;

    private static GradientCase Of(ulong seed, string architecture, string variant, int dead = 0, bool isTied = false)
    {
        bool isTranscoder = architecture.EndsWith("transcoder", StringComparison.Ordinal);
        GradientInputs inputs = GradientInputs.Draw(
            seed,
            shape => shape with
            {
                TargetWidth = isTranscoder ? shape.DIn - 1 : null,
                HasSkip = architecture == "skip-transcoder",
            },
            share: null,
            (layout, p) => Weaken(layout, p, dead),
            isTied);
        int latents = inputs.Layout.Latents;
        double[][] z = inputs.PreActivations;
        bool[][] active = HeldSelection.Positive(Select(architecture, z), z);
        bool[] flags = [.. Enumerable.Range(0, latents).Select(latent => IsDead(latent, dead))];
        bool isMatryoshka = architecture == "matryoshka-batchtopk";
        bool isMulti = architecture == "multi-topk";
        SelectionLoss loss = new(inputs, active)
        {
            Alpha = isMulti ? WideAlpha : AuxAlpha,
            ActiveDead = dead > 0 ? HeldSelection.Positive(HeldSelection.TopKOf(flags, z, AuxK), z) : null,
            ActiveWide = isMulti ? HeldSelection.Positive(HeldSelection.TopK(z, WideK), z) : null,
            Prefixes = isMatryoshka ? [(4, 0.2), (11, 0.3), (latents, 0.5)] : [(latents, 1)],
        };
        SelectionObjectiveOptions options = new()
        {
            Batch = inputs.Batch.Length,
            K = K,
            Prefixes = isMatryoshka ? [4, 11, latents] : [],
            PrefixWeights = isMatryoshka ? [2, 3, 5] : [],
            AuxKAlpha = isMulti ? WideAlpha : dead > 0 ? AuxAlpha : 0,
            AuxK = isMulti ? WideK : AuxK,
            DeadAfterTokens = 1000,
            Variance = GradientCase.Variance,
            MaxGradientNorm = double.PositiveInfinity,
            ProjectDecoderGradient = false,
        };
        return new GradientCase
        {
            Architecture = architecture,
            Variant = variant,
            Inputs = inputs,
            IsTied = isTied,
            K = K,
            Sites = architecture == "crosscoder-batchtopk" ? [2, inputs.Layout.DIn - 2] : null,
            Active = active,
            LostTies = HeldSelection.LostTies(active, z),
            Loss = loss.Of,
            Create = (backend, model) =>
            {
                SelectionObjective objective = Create(architecture, backend, model, options);
                objective.DeadMask.Upload(Array.ConvertAll(flags, flag => flag ? 1 : 0));
                return objective;
            },
        };
    }

    /// <summary>Dead latents hardly reach the main selection, but they are active: the best of the dead.</summary>
    private static void Weaken(FlatParameters layout, double[] p, int dead)
    {
        for (int latent = 0; latent < layout.Latents; latent++)
        {
            for (int d = 0; d < layout.DIn && IsDead(latent, dead); d++)
            {
                p[(latent * layout.DIn) + d] *= 0.01;
                p[layout.BEnc + latent] = 0.05;
            }
        }
    }

    private static bool[][] Select(string architecture, double[][] preActivations) => architecture switch
    {
        "groupmax" => HeldSelection.GroupMax(preActivations, K),
        "topk" or "multi-topk" or "transcoder" or "skip-transcoder" => HeldSelection.TopK(preActivations, K),
        _ => HeldSelection.BatchTopK(preActivations, K),
    };

    private static SelectionObjective Create(
        string architecture, IComputeBackend backend, SaeParameters model, SelectionObjectiveOptions options) =>
        architecture switch
        {
            "groupmax" => new GroupMaxObjective(backend, model, options),
            "multi-topk" => new MultiTopKObjective(backend, model, options),
            "matryoshka-batchtopk" => new MatryoshkaObjective(backend, model, options),
            "batchtopk" or "crosscoder-batchtopk" => new BatchTopKObjective(backend, model, options),
            _ => new TopKObjective(backend, model, options),
        };
}
