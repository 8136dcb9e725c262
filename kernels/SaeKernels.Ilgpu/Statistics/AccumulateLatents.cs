using ILGPU;
using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   count, Σv, Σv², Σv³, Σv⁴, min v, max v and histograms of v of each latent, over active entries
/// Work       60 FLOP an entry
/// Traffic    that of BuildLatentMajor, 36 bytes an entry, and 80 a latent → bound by memory
/// Launch     that of BuildLatentMajor; then threads take latents in turns
/// Shared     none        Barriers  none
/// Order      one thread owns a latent and takes its entries by ascending row; no atomics; deterministic
/// Error      n · 2⁻⁴⁸ · Σ|v| for n entries, also of v²; twice that of v³ and v⁴
/// Source     the definition; two-float sums: Ogita, Rump, Oishi 2005
/// </summary>
internal sealed class AccumulateLatents(KernelDevice device, BuildLatentMajor buildLatentMajor)
{
    private readonly Kernel<Parameters> kernel = new(device, VisitLatents);

    public void Run(in AccumulateLatentsArguments arguments)
    {
        IlgpuLatentStatistics statistics = arguments.Statistics as IlgpuLatentStatistics ?? throw new ArgumentException(
            $"AccumulateLatents: Statistics must be made by the backend of {device.Description.Id}, but is a "
            + $"{arguments.Statistics.GetType().Name}. Call CreateLatentStatistics of the backend that uses it.");
        LatentMajorList list = statistics.ListFor(arguments.Codes.Capacity);
        BuildLatentMajorArguments build = new() { Rows = arguments.Rows, Codes = arguments.Codes, List = list };
        buildLatentMajor.Run(build);
        Parameters parameters = new()
        {
            Offsets = device.View(list.Offsets),
            Values = device.View(list.Values),
            Counts = device.View(statistics.Counts),
            Histogram = device.View(statistics.Histogram),
            LinearHistogram = device.View(statistics.LinearHistogram),
            LinearScales = device.View(statistics.LinearScales),
            Sums = device.View(statistics.Sums),
            Minima = device.View(statistics.Minima),
            Maxima = device.View(statistics.Maxima),
            Latents = statistics.Latents,
            LinearBins = statistics.Layout.LinearBins,
        };
        this.kernel.Launch(device.GroupsOfElements(parameters.Latents), device.GroupSize, parameters);
        statistics.Rows += arguments.Rows;
    }

    private static void VisitLatents(Parameters p)
    {
        for (int latent = (Grid.IdxX * Group.DimX) + Group.IdxX; latent < p.Latents; latent += Grid.DimX * Group.DimX)
        {
            int start = p.Offsets[latent];
            int end = p.Offsets[latent + 1];
            if (end > start)
            {
                p.Counts[latent] += end - start;
                AddMoments(p, latent, start, end);
                FindExtremes(p, latent, start, end);
                AddToHistogram(p, latent, start, end);
                AddToLinearHistogram(p, latent, start, end);
            }
        }
    }

    private static void AddMoments(Parameters p, int latent, int start, int end)
    {
        TwoFloat sum = Load(p, 1, latent);
        TwoFloat squares = Load(p, 2, latent);
        TwoFloat cubes = Load(p, 3, latent);
        TwoFloat fourths = Load(p, 4, latent);
        for (int entry = start; entry < end; entry++)
        {
            float value = p.Values[entry];
            float square = FusedMultiplyAdd.Fma(value, value, 0);
            float error = FusedMultiplyAdd.Fma(value, value, -square);
            sum = TwoFloat.Add(sum, value);
            squares = TwoFloat.AddProduct(squares, value, value);
            // v³ = (v² + error) · v and v⁴ = (v² + error)², of which only error² is left out.
            cubes = TwoFloat.AddProduct(cubes, square, value);
            cubes.Low = FusedMultiplyAdd.Fma(error, value, cubes.Low);
            fourths = TwoFloat.AddProduct(fourths, square, square);
            fourths.Low = FusedMultiplyAdd.Fma(2 * error, square, fourths.Low);
        }

        Store(p, 1, latent, sum);
        Store(p, 2, latent, squares);
        Store(p, 3, latent, cubes);
        Store(p, 4, latent, fourths);
    }

    private static TwoFloat Load(Parameters p, int power, int latent)
    {
        long place = (2L * (power - 1) * p.Latents) + latent;
        return new TwoFloat(p.Sums[place], p.Sums[place + p.Latents]);
    }

    private static void Store(Parameters p, int power, int latent, TwoFloat sum)
    {
        long place = (2L * (power - 1) * p.Latents) + latent;
        TwoFloat normal = TwoFloat.Renormalize(sum);
        p.Sums[place] = normal.High;
        p.Sums[place + p.Latents] = normal.Low;
    }

    private static void FindExtremes(Parameters p, int latent, int start, int end)
    {
        float minimum = p.Minima[latent];
        float maximum = p.Maxima[latent];
        for (int entry = start; entry < end; entry++)
        {
            float value = p.Values[entry];
            // A NaN is taken over and stays: nothing is below or above it.
            minimum = value < minimum || float.IsNaN(value) ? value : minimum;
            maximum = value > maximum || float.IsNaN(value) ? value : maximum;
        }

        p.Minima[latent] = minimum;
        p.Maxima[latent] = maximum;
    }

    private static void AddToHistogram(Parameters p, int latent, int start, int end)
    {
        for (int entry = start; entry < end; entry++)
        {
            float value = p.Values[entry];
            int bits = (int)Interop.FloatAsInt(value);
            int bin = IntrinsicMath.Clamp((bits >> LogBins.Shift) - LogBins.Offset, 0, LogBins.Count - 1);
            // A device may hand on a NaN with its sign bit set.
            bin = float.IsNaN(value) ? LogBins.Count - 1 : bin;
            p.Histogram[((long)latent * LogBins.Count) + bin]++;
        }
    }

    private static void AddToLinearHistogram(Parameters p, int latent, int start, int end)
    {
        if (p.LinearBins > 0)
        {
            float scale = p.LinearScales[latent];
            for (int entry = start; entry < end; entry++)
            {
                float place = p.Values[entry] * scale;
                int bin = place < p.LinearBins ? (int)place : p.LinearBins - 1;
                p.LinearHistogram[((long)latent * p.LinearBins) + IntrinsicMath.Max(bin, 0)]++;
            }
        }
    }

    internal struct Parameters
    {
        public ArrayView<int> Offsets;
        public ArrayView<float> Values;
        public ArrayView<long> Counts;
        public ArrayView<long> Histogram;
        public ArrayView<long> LinearHistogram;
        public ArrayView<float> LinearScales;
        public ArrayView<float> Sums;
        public ArrayView<float> Minima;
        public ArrayView<float> Maxima;
        public int Latents;
        public int LinearBins;
    }
}
