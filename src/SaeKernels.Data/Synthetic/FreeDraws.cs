using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SaeKernels.Data;

/// <summary>Draws features without a family, which are many and rare, by thinning a Poisson process.</summary>
/// <remarks>
/// Of a process of rate 1 a feature takes an interval at least as long as its hazard −ln(1 − Φ(z)). It fires where a
/// point lies in the first −ln(1 − Φ(z)) of it, which has the probability Φ(z). So one exponential draw leads from
/// candidate to candidate, of which with the defaults 6 are found in a row, among 5504 features; 4.5 of them fire.
/// </remarks>
internal sealed class FreeDraws
{
    private readonly SynthSaeBenchModel model;
    private readonly FreeScreen screen;
    private readonly int firstFeature;

    // [features, rank in whole lines]: a candidate is on two lines of the cache instead of twenty-five.
    private readonly AlignedNumbers loadings;
    private readonly int stride;

    /// <summary>Arranges the features.</summary>
    public FreeDraws(SynthSaeBenchModel model)
    {
        int rank = model.Options.CorrelationRank;
        this.model = model;
        this.firstFeature = (int)model.Options.FamilyFeatures;
        int features = model.Options.Features - this.firstFeature;
        this.screen = new FreeScreen(
            model.Loadings.AsSpan(this.firstFeature * rank), model.Offsets.AsSpan(this.firstFeature), rank);
        this.stride = AffineDot.LengthOf(rank);
        this.loadings = new AlignedNumbers((long)features * this.stride);
        for (int feature = 0; feature < features; feature++)
        {
            model.Loadings.AsSpan((this.firstFeature + feature) * rank, rank)
                .CopyTo(this.loadings.Span[(feature * this.stride)..]);
        }
    }

    /// <summary>Finds the candidates of rows. A block of features stays in the cache while all rows pass.</summary>
    /// <param name="rows">The rows.</param>
    public void FindCandidates(ReadOnlySpan<SynthSaeBenchRow> rows)
    {
        Span<short> products = stackalloc short[FreeScreen.Block];
        Span<float> lengths = stackalloc float[FreeScreen.Block];
        foreach (SynthSaeBenchRow row in rows)
        {
            this.screen.Round(row.Hidden, row.Point);
        }

        for (int block = 0; block < this.screen.Blocks; block++)
        {
            foreach (SynthSaeBenchRow row in rows)
            {
                Vector512<float> columns = this.screen.Bound(block, row.Point, products, lengths);
                double all = AffineDot.Total(columns);
                row.Wait = row.Wait >= all ? row.Wait - all : Find(block, row, columns, lengths);
            }
        }
    }

    /// <summary>Draws the features of a row whose candidates are known.</summary>
    /// <param name="row">The row; its code receives them.</param>
    public void Draw(SynthSaeBenchRow row)
    {
        ReadOnlySpan<int> features = row.Candidates.Features;
        ReadOnlySpan<float> points = row.Candidates.Values;
        // All z before the first decision: the misses of their lines overlap.
        Span<float> z = row.ScoresOf(features.Length);
        for (int i = 0; i < features.Length; i++)
        {
            ref float form = ref MemoryMarshal.GetReference(this.loadings.Span[(features[i] * this.stride)..]);
            z[i] = AffineDot.Product(ref form, row.Padded) - this.model.Offsets[this.firstFeature + features[i]];
        }

        int last = -1;
        for (int i = 0; i < features.Length; i++)
        {
            int feature = this.firstFeature + features[i];
            if (feature != last && NormalTable.IsBelowHazard(points[i], z[i]))
            {
                _ = row.Add(row.Code, feature, this.model.Strengths[feature], 1);
                last = feature;
            }
        }
    }

    /// <summary>Finds the candidates of a block that has some; returns what is left of the wait for the next.</summary>
    private double Find(int block, SynthSaeBenchRow row, Vector512<float> sums, ReadOnlySpan<float> lengths)
    {
        Span<float> columns = stackalloc float[FreeScreen.Columns];
        sums.CopyTo(columns);
        double wait = row.Wait;
        for (int column = 0; column < FreeScreen.Columns; column++)
        {
            if (wait >= columns[column])
            {
                wait -= columns[column];
                continue;
            }

            for (int lane = column; lane < FreeScreen.Block; lane += FreeScreen.Columns)
            {
                for (; wait < lengths[lane]; wait += row.Random.NextExponential())
                {
                    int feature = FreeScreen.FeatureOf(block, lane);
                    if (feature + this.firstFeature < this.model.Options.Features)
                    {
                        row.Candidates.Add(feature, (float)wait);
                    }
                }

                wait -= lengths[lane];
            }
        }

        return wait;
    }
}
