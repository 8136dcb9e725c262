namespace SaeKernels.Metrics;

/// <summary>
/// Tells latents that are dense because sparsity was not learned from those that stand for something frequent, by what
/// more sparsity does to them.
/// </summary>
/// <remarks>
/// <para>A dense latent is followed from a model into sparser ones of the same data. Those that reconstruct as well
/// say what it is: their explained variance is at most 0.02 smaller. A frequent feature stays, since to silence it
/// would cost reconstruction; a latent that is not dense any more was never needed so often. What stays has the class
/// that the sparsest of them gives it: under a small penalty noise alone makes latents dense, with activations of any
/// shape.</para>
/// <para>A latent is followed to the one whose decoder row has the largest cosine with its own, at least 0.9; of equal
/// ones the lowest.</para>
/// </remarks>
public sealed class DensityPath
{
    /// <summary>Dense, but no sparser model that reconstructs as well has its direction.</summary>
    public const string Lost = "lost";

    /// <summary>How much explained variance may fall, unless another share is named.</summary>
    public const double DefaultLoss = 0.02;

    // Above this two directions are taken for the same, as in MMCS: Sharkey et al. 2022.
    private const double LeastCosine = 0.9;

    // A half leaves room for what is silenced at the edge of being active.
    private const double Falls = 0.5;

    private DensityPath(IReadOnlyList<DensityPathLatent> latents, IReadOnlyList<bool> isAsGood)
    {
        this.Latents = latents;
        this.IsAsGood = isAsGood;
    }

    /// <summary>All classes of a latent on a path, in the order of <see cref="DensityClass.All"/>.</summary>
    public static IReadOnlyList<string> Classes { get; } = [.. DensityClass.All, Lost];

    /// <summary>What the path says of each latent of the first model.</summary>
    public IReadOnlyList<DensityPathLatent> Latents { get; }

    /// <summary>For each of the sparser models, whether it reconstructs as well as the first one.</summary>
    public IReadOnlyList<bool> IsAsGood { get; }

    /// <summary>Follows the dense latents of a model.</summary>
    /// <param name="first">The model; its latents are those that are judged.</param>
    /// <param name="sparser">Models of the same data, none with a larger L0 than the one before; at least one.</param>
    /// <param name="allowedLoss">How much explained variance may fall for a reconstruction to be as good.</param>
    /// <exception cref="ArgumentException">There is no other model, or one is denser or not as wide.</exception>
    public static DensityPath Of(
        DensityPathModel first, IReadOnlyList<DensityPathModel> sparser, double allowedLoss = DefaultLoss)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(sparser);
        RequirePath(first, sparser);
        bool[] isAsGood = [.. sparser.Select(model => model.Fvu <= first.Fvu + allowedLoss)];
        DensityPathModel[] asGood = [.. sparser.Where((_, i) => isAsGood[i])];
        DensityPathLatent[] latents = new DensityPathLatent[first.Rows.Count];
        _ = Parallel.For(0, latents.Length, latent => latents[latent] = Follow(first, latent, asGood));
        return new DensityPath(latents, isAsGood);
    }

    /// <summary>Returns the class of a dense latent that was followed.</summary>
    /// <param name="density">Its density in the first model.</param>
    /// <param name="asGood">
    /// Its density and <see cref="DensityClass"/> in each sparser model that reconstructs as well, the sparsest last;
    /// null in one that has lost it.
    /// </param>
    /// <returns>
    /// <see cref="DensityClass.Unclear"/> where no model reconstructs as well, <see cref="Lost"/> where none of those
    /// has it. Else the last one that has it decides: <see cref="DensityClass.NotSparse"/> where it is not dense any
    /// more, its class there where it is; with too few activations there for a class, <see
    /// cref="DensityClass.Frequent"/> where its density is at least half of the first, and <see
    /// cref="DensityClass.NotSparse"/> below that.
    /// </returns>
    public static string Classify(double density, IReadOnlyList<(double Density, string Class)?> asGood)
    {
        ArgumentNullException.ThrowIfNull(asGood);
        (double Density, string Class)? last = asGood.LastOrDefault(one => one is not null);
        return asGood.Count == 0 ? DensityClass.Unclear
            : last is null ? Lost
            : !DensityClass.Dense.Contains(last.Value.Class) ? DensityClass.NotSparse
            : last.Value.Class != DensityClass.Unclear ? last.Value.Class
            : last.Value.Density < Falls * density ? DensityClass.NotSparse
            : DensityClass.Frequent;
    }

    private static void RequirePath(DensityPathModel first, IReadOnlyList<DensityPathModel> sparser)
    {
        DensityPathModel[] all = [first, .. sparser];
        bool descends = all.Zip(sparser).All(pair => pair.Second.L0 <= pair.First.L0);
        if (sparser.Count == 0 || !descends || all.Any(model => model.Directions.Width != first.Directions.Width))
        {
            throw new ArgumentException(
                "DensityPath: there must be at least 1 other model, all of one width and none denser than the one "
                + $"before it, but L0 is {string.Join(", ", all.Select(model => $"{model.L0:G4}"))} and the width is "
                + $"{string.Join(", ", all.Select(model => model.Directions.Width))}. Order them by L0.");
        }
    }

    private static DensityPathLatent Follow(DensityPathModel first, int latent, DensityPathModel[] asGood)
    {
        FeatureRow row = first.Rows[latent];
        if (!DensityClass.Dense.Contains(row.DensityClass))
        {
            return new DensityPathLatent(row.DensityClass, double.NaN, 0);
        }

        FeatureRow?[] found = [.. asGood.Select(model => Find(model, first.Directions[latent]))];
        string name = Classify(
            row.Density,
            [.. found.Select(one => one is null ? ((double, string)?)null : (one.Density, one.DensityClass))]);
        double last = found.LastOrDefault(one => one is not null)?.Density ?? double.NaN;
        return new DensityPathLatent(name, last, found.Count(one => one is not null));
    }

    private static FeatureRow? Find(DensityPathModel model, ReadOnlySpan<double> direction)
    {
        int best = -1;
        double largest = LeastCosine;
        for (int latent = 0; latent < model.Directions.Count; latent++)
        {
            double cosine = VectorProducts.Dot(direction, model.Directions[latent]);
            if (cosine > largest || (best < 0 && cosine == largest))
            {
                best = latent;
                largest = cosine;
            }
        }

        return best < 0 ? null : model.Rows[best];
    }
}
