using SaeKernels.Training;

namespace SaeKernels.PeerBench;

/// <summary>The forms of the step in libtorch that can be timed: form, precision and Adam.</summary>
internal static class PeerCatalog
{
    /// <summary>What the loss of the others is compared with.</summary>
    public const string Baseline = "dense-fp32-fused";

    /// <summary>How far libtorch is from libtorch: the yardstick of a difference in loss.</summary>
    public const string Yardstick = "embbag-fp32-fused";

    private static readonly Dictionary<string, Func<string, TorchSetup, TorchPeer>> Forms = new()
    {
        ["dense"] = (name, setup) => new DenseTopK(name, setup),
        ["embbag"] = (name, setup) => new EmbeddingBagTopK(name, setup),
        ["sparse"] = (name, setup) => new SparseEncoderTopK(name, setup),
        ["relu30"] = (name, setup) => new ReluL1(name, setup, ActiveShareOf(name)!.Value),
        ["relu04"] = (name, setup) => new ReluL1(name, setup, ActiveShareOf(name)!.Value),
    };

    /// <summary>Every name: a form, <c>fp32</c> or <c>bf16</c>, <c>unfused</c> or <c>fused</c>.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. from form in Forms.Keys
           from precision in Enum.GetNames<PeerPrecision>()
           from adam in (string[])["unfused", "fused"]
           select $"{form}-{precision.ToLowerInvariant()}-{adam}",
    ];

    /// <summary>The peers that are timed unless others are named.</summary>
    public static IReadOnlyList<string> Usual { get; } =
    [
        .. Names.Where(name => name.StartsWith("dense", StringComparison.Ordinal)
            || name.StartsWith("embbag", StringComparison.Ordinal)),
        "sparse-fp32-fused",
        "sparse-bf16-fused",
        "relu30-fp32-fused",
        "relu04-fp32-fused",
    ];

    /// <summary>Builds a peer by its name.</summary>
    /// <exception cref="ArgumentException">There is no such peer.</exception>
    public static TorchPeer Create(string name, PlantedBatches data, StepShape shape)
    {
        Require(name);
        string[] parts = name.Split('-');
        PeerPrecision precision = Enum.Parse<PeerPrecision>(parts[1], ignoreCase: true);
        return Forms[parts[0]](name, new TorchSetup(shape, data, precision, FusedAdam: parts[2] == "fused"));
    }

    /// <summary>The share of the latents that are active at the start of a ReLU peer; null for others.</summary>
    public static double? ActiveShareOf(string name) => name.Split('-')[0] switch
    {
        "relu30" => 0.30,
        "relu04" => 0.04,
        _ => null,
    };

    /// <summary>Throws unless there is a peer of this name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static void Require(string name)
    {
        if (!Names.Contains(name))
        {
            throw new ArgumentException(
                $"--peers: a peer must be one of {string.Join(", ", Names)}, but is '{name}'. Name one of these.");
        }
    }
}
