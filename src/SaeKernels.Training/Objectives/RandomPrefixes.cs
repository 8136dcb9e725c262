using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Training;

/// <summary>
/// Prefixes of the latents that are drawn anew for every step, the whole dictionary always among them.
/// </summary>
/// <remarks>
/// All but the last of P prefixes are drawn without replacement, a prefix of 1 + i latents with a probability in
/// proportion to √(i + 1) − √i, i from 0 to DSae − 2: short ones most, with a long tail. That is
/// 1 + ⌊(DSae − 1) · u²⌋ of a uniform u, drawn again where the prefix is there already. A step's prefixes are a
/// function of seed and step, so a resumed run draws the same. Those of 4,096 steps go to the device at once: other
/// steps wait for nothing.
/// Source: N. Nabeshima, matryoshka-saes, sae.py, which calls the law Pareto with power 0.5.
/// </remarks>
internal sealed class RandomPrefixes : IDisposable
{
    private const int StepsAtOnce = 4096;
    private readonly ulong seed;
    private readonly int latents;
    private readonly IntBuffer ends;
    private long firstStep = -1;

    /// <summary>Makes room for the prefixes of some steps.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="latents">The number of latents.</param>
    /// <param name="count">Prefixes of a step, the whole dictionary included; 1 to the number of latents.</param>
    public RandomPrefixes(IComputeBackend backend, ulong seed, int latents, int count)
    {
        this.seed = seed;
        this.latents = latents;
        this.Count = count;
        this.ends = backend.AllocateInt("PrefixEnds", (long)StepsAtOnce * count);
    }

    /// <summary>Prefixes of a step, the whole dictionary included.</summary>
    public int Count { get; }

    /// <summary>Draws the prefixes of a step: numbers of latents, ascending, the last one all of them.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="step">The step, counted from 1.</param>
    /// <param name="latents">The number of latents.</param>
    /// <param name="count">How many; 1 to the number of latents.</param>
    public static int[] Draw(ulong seed, long step, int latents, int count)
    {
        RandomSequence random = new(seed, RandomPurpose.Prefixes, step);
        SortedSet<int> drawn = [latents];
        while (drawn.Count < count)
        {
            double u = random.NextDouble();
            drawn.Add(1 + Math.Min(latents - 2, (int)((latents - 1) * u * u)));
        }

        return [.. drawn];
    }

    /// <summary>Returns the prefixes of a step, on the device.</summary>
    /// <param name="step">The step, counted from 1.</param>
    public LatentPrefixes At(long step)
    {
        long first = ((step - 1) / StepsAtOnce * StepsAtOnce) + 1;
        if (first != this.firstStep)
        {
            int[] all = new int[StepsAtOnce * this.Count];
            for (int i = 0; i < StepsAtOnce; i++)
            {
                Draw(this.seed, first + i, this.latents, this.Count).CopyTo(all, i * this.Count);
            }

            this.ends.Upload(all);
            this.firstStep = first;
        }

        return new LatentPrefixes(this.ends, this.Count, firstBlock: 1, (int)(step - first) * this.Count);
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose() => this.ends.Dispose();
}
