using System.Globalization;

namespace SaeKernels.Report;

/// <summary>Which features of a model have panels of their own.</summary>
public sealed class FeatureSelection
{
    private const int DefaultMost = 2048;
    private readonly int[]? ids;
    private readonly int most;

    private FeatureSelection(int[]? ids, int most)
    {
        this.ids = ids;
        this.most = most;
    }

    /// <summary>All features, but at most the 2,048 with the largest sums of activations.</summary>
    public static FeatureSelection Default { get; } = new(null, DefaultMost);

    /// <summary>Every feature.</summary>
    public static FeatureSelection All { get; } = new(null, int.MaxValue);

    /// <summary>Reads <c>all</c>, <c>top:500</c> (the largest sums of activations) or <c>ids:3,17,400</c>.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="ArgumentException">It is none of these.</exception>
    public static FeatureSelection Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text == "all")
        {
            return All;
        }

        string[] parts = text.Split(':', 2);
        if (parts is ["top", string count]
            && int.TryParse(count, CultureInfo.InvariantCulture, out int most) && most > 0)
        {
            return new FeatureSelection(null, most);
        }

        if (parts is ["ids", string list])
        {
            string[] words = list.Split(',', StringSplitOptions.TrimEntries);
            int[] ids = [.. words.Select(word =>
                int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : -1)];
            if (ids.All(id => id >= 0))
            {
                return new FeatureSelection([.. ids.Distinct()], int.MaxValue);
            }
        }

        throw new ArgumentException(
            $"Features: must be all, top:N or ids:A,B,…, but is '{text}'. Write top:500 or ids:3,17.");
    }

    /// <summary>Returns the chosen features.</summary>
    /// <param name="sums">The sum of the activations of each feature.</param>
    /// <exception cref="ArgumentException">A feature was asked for that the model does not have.</exception>
    internal int[] Choose(IReadOnlyList<double> sums)
    {
        if (this.ids is null)
        {
            return [.. Enumerable.Range(0, sums.Count)
                .OrderByDescending(latent => sums[latent]).ThenBy(latent => latent)
                .Take(this.most)
                .Order()];
        }

        int missing = Array.FindIndex(this.ids, id => id >= sums.Count);
        return missing < 0
            ? [.. this.ids.Order()]
            : throw new ArgumentException(
                $"Features: each must be below the model's DSae = {sums.Count}, but one is {this.ids[missing]}. "
                + "Name features of this model.");
    }
}
