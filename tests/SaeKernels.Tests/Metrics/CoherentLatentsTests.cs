using SaeKernels.Metrics;

namespace SaeKernels.Tests.Metrics;

public class CoherentLatentsTests
{
    private static readonly float[][] Vectors =
    [
        [1, 0, 0], [2, 0, 0], [3, 0, 0],
        [0, 1, 0], [0, 1, 0.1f], [0, 1, -0.1f],
        [0, 0, 1], [1, 0, 1], [0, 1, 1],
        [1, 0.1f, 0], [1, -0.1f, 0], [1, 0, 0],
    ];

    [Fact]
    public void Coherence_is_the_mean_cosine_of_pairs_and_does_not_see_lengths()
    {
        IReadOnlyList<CoherentLatent> chosen = Choose([[0, 1, 2], [6, 7, 8]], [0.01, 0.01], 2);

        Assert.Equal([0, 1], chosen.Select(latent => latent.Latent));
        Assert.Equal(1, chosen[0].Coherence, 1e-12);
        // cos(6, 7) = cos(6, 8) = 1/√2 and cos(7, 8) = 1/2.
        Assert.Equal(((2 / Math.Sqrt(2)) + 0.5) / 3, chosen[1].Coherence, 1e-12);
        Assert.Equal([0, 1, 2], chosen[0].Examples.Select(example => example.Row));
    }

    [Fact]
    public void A_latent_about_the_same_comes_after_one_about_something_else()
    {
        IReadOnlyList<CoherentLatent> chosen = Choose([[0, 1, 2], [9, 10, 11], [3, 4, 5]], [0.01, 0.01, 0.01], 3);

        Assert.Equal([0, 2, 1], chosen.Select(latent => latent.Latent));
    }

    [Fact]
    public void A_latent_that_shares_an_example_is_left_out() =>
        Assert.Equal([0], Choose([[0, 1, 2], [2, 3, 4]], [0.01, 0.01], 2).Select(latent => latent.Latent));

    [Fact]
    public void Latents_outside_the_range_of_densities_or_with_too_few_examples_do_not_compete() =>
        Assert.Equal(
            [3],
            Choose([[0, 1, 2], [3, 4, 5], [6, 7], [9, 10, 11]], [0.0009, 0.021, 0.01, 0.02], 4)
                .Select(latent => latent.Latent));

    [Fact]
    public void Densities_of_another_model_are_refused() =>
        Assert.StartsWith(
            "CoherentLatents: density must hold one number for each of 1 latents, but holds 2.",
            Assert.Throws<ArgumentException>(() => Choose([[0, 1, 2]], [0.01, 0.01], 1)).Message);

    private static IReadOnlyList<CoherentLatent> Choose(int[][] rows, double[] density, int count)
    {
        TopExamples examples = new(rows.Length, count: 3);
        for (int latent = 0; latent < rows.Length; latent++)
        {
            for (int place = 0; place < rows[latent].Length; place++)
            {
                examples.Add(latent, new TopExample(rows[latent][place], 10 - place));
            }
        }

        return new CoherentLatents(row => Vectors[row]).Choose(examples, density, count);
    }
}
