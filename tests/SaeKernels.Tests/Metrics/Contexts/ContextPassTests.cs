using SaeKernels.Cpu;
using SaeKernels.Metrics;
using SaeKernels.Numerics;

namespace SaeKernels.Tests.Metrics;

public class ContextPassTests
{
    private const int Latents = 20;
    private const int DIn = 6;

    // Of four sets of labels none, the first, and all fit.
    [Theory]
    [InlineData(0)]
    [InlineData(300_000)]
    [InlineData(1L << 30)]
    public void Figures_are_those_of_the_host_whatever_the_memory(long memory)
    {
        using CpuBackend backend = new();
        using Sae sae = Model(backend);
        LabelledActivations[] expected = Labels();
        new LatentPass { Collectors = expected }.Run(sae, Source());
        LabelledActivations[] found = Labels();
        long largest = LabelCounter.BytesOf(found[0]);
        Assert.Equal(memory is > 0 and < 1 << 30, memory >= largest && memory < 2 * largest);
        ContextPass pass = new() { MemoryBytes = memory };
        IReadOnlyList<float> maxima = pass.Run(sae, Source(), found).Maxima;

        for (int set = 0; set < found.Length; set++)
        {
            for (int latent = 0; latent < Latents; latent++)
            {
                Assert.Equal(expected[set].Density(latent, 1), found[set].Density(latent, 1));
                Assert.Equal(expected[set].Auroc(latent, 1), found[set].Auroc(latent, 1));
                Assert.Equal(expected[set].Correlation(latent, 1), found[set].Correlation(latent, 1), 1e-9);
            }
        }

        ConditionalActivations[] distributions = Distributions(maxima);
        new LatentPass { Collectors = distributions }.Run(sae, Source());
        ConditionalActivations[] others = Distributions(maxima);
        pass.Run(sae, Source(), others);
        Assert.All(distributions.Zip(others), pair =>
        {
            Assert.Equal(pair.First.Correlation(3), pair.Second.Correlation(3), 1e-9);
            Assert.Equal(Active(pair.First), Active(pair.Second));
            Assert.Equal(pair.First.Specificity(3, 0), pair.Second.Specificity(3, 0));
        });

        static long Active(ConditionalActivations one) =>
            Enumerable.Range(0, one.Bins).Sum(bin => one.Count(3, bin, 0) + one.Count(3, bin, 1));
    }

    private static LabelledActivations[] Labels() =>
    [
        .. Enumerable.Range(3, 4).Select(
            every => new LabelledActivations(Latents, 2, row => (int)Math.Min(1, (row % every) - 1))),
    ];

    private static ConditionalActivations[] Distributions(IReadOnlyList<float> maxima) =>
    [
        .. Enumerable.Range(3, 4).Select(every => ConditionalActivations.OfLabel(
            $"every {every}", row => row % every == 0, [3, 7], [maxima[3], maxima[7]], bins: 5)),
    ];

    private static Sae Model(CpuBackend backend)
    {
        Sae sae = SaeArchitectures.Create(
            backend, new SaeConfig { Architecture = "topk", DIn = DIn, DSae = Latents, K = 4 });
        RandomSequence random = new(9, RandomPurpose.General);
        sae.Parameters.WEnc.Buffer.Upload(
            [.. Enumerable.Range(0, Latents * DIn).Select(_ => (float)random.NextNormal())]);
        return sae;
    }

    private static VectorSource Source() => new()
    {
        Count = 500,
        DIn = DIn,
        Read = (first, to) =>
        {
            for (int i = 0; i < to.Length; i++)
            {
                to[i] = (float)new RandomSequence(10, RandomPurpose.General, (first * DIn) + i).NextNormal();
            }
        },
    };
}
