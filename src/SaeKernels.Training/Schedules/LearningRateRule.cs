namespace SaeKernels.Training;

/// <summary>A rule for the peak learning rate, as a function of the number of latents.</summary>
/// <param name="Name">The name to choose it by.</param>
/// <param name="Formula">The rule in words.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Peak">The peak for a number of latents, DSae.</param>
/// <remarks>
/// Gao et al. 2024 find that Adam's best rate falls with 1/√DSae. The constants of the libraries come from long runs;
/// of ours see docs/decisions, learning rate. No rule depends on the batch: none of the sources has one that does.
/// </remarks>
public sealed record LearningRateRule(string Name, string Formula, string Source, Func<int, double> Peak)
{
    // The size at which the sources state their rates.
    private const double ReferenceLatents = 16384;

    /// <summary>The rule where none is chosen and Adam trains.</summary>
    public static LearningRateRule Default { get; } = PerRoot("default", "8e-4", 8e-4, "docs/decisions/0007");

    /// <summary>The rule of dictionary_learning, and of sparsify for Adam.</summary>
    public static LearningRateRule DictionaryLearning { get; } = PerRoot(
        "dictionary-learning", "2e-4", 2e-4, "github.com/saprmarks/dictionary_learning, trainers/top_k.py");

    /// <summary>The rule of sparsify for signs of gradients, which Signum takes where none is chosen.</summary>
    public static LearningRateRule SparsifySignum { get; } = PerRoot(
        "sparsify-signum", "5e-3", 5e-3, "github.com/EleutherAI/sparsify, trainer.py");

    /// <summary>The rule of sparsify for Muon, which it takes where none is chosen.</summary>
    public static LearningRateRule SparsifyMuon { get; } = new(
        "sparsify-muon", "2e-3", "github.com/EleutherAI/sparsify, trainer.py", _ => 2e-3);

    /// <summary>All rules, in the order in which they are shown.</summary>
    public static IReadOnlyList<LearningRateRule> All { get; } =
    [
        Default,
        DictionaryLearning,
        new(
            "openai",
            "1e-4 * sqrt(32768 / latents)",
            "github.com/openai/sparse_autoencoder, train.py; Gao et al. 2024",
            latents => 1e-4 * Math.Sqrt(32768.0 / latents)),
        SparsifySignum,
        SparsifyMuon,
    ];

    /// <summary>Returns the rule with a name.</summary>
    /// <param name="name">The name; case matters.</param>
    /// <exception cref="ArgumentException">There is none; the message lists those there are.</exception>
    public static LearningRateRule Get(string name) =>
        All.FirstOrDefault(rule => rule.Name == name)
        ?? throw new ArgumentException(
            $"Training: LearningRateRule must be one of {string.Join(", ", All.Select(known => known.Name))}, but is "
            + $"'{name}'. Choose one of them, or set LearningRate.");

    private static LearningRateRule PerRoot(string name, string text, double constant, string source) => new(
        name,
        $"{text} / sqrt(latents / 16384)",
        source,
        latents => constant / Math.Sqrt(latents / ReferenceLatents));
}
