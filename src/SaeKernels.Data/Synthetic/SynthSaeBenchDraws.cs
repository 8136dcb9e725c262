using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SaeKernels.Numerics;

namespace SaeKernels.Data;

/// <summary>Draws the codes of rows of <see cref="SynthSaeBenchSource"/>, several at a time.</summary>
/// <remarks>
/// A row takes its numbers from its own stream alone, so which rows are drawn together changes nothing: it only lets
/// the loadings of a block of features stay in the cache while all rows pass.
/// </remarks>
internal sealed class SynthSaeBenchDraws(ulong seed, SynthSaeBenchModel model)
{
    private readonly int rank = model.Options.CorrelationRank;

    /// <summary>Draws the codes of consecutive rows.</summary>
    /// <param name="firstRow">The number of the first row.</param>
    /// <param name="rows">Receive the codes.</param>
    public void Draw(long firstRow, ReadOnlySpan<SynthSaeBenchRow> rows)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i].Open(seed, firstRow + i, this.rank);
            DrawRoots(rows[i]);
        }

        Span<float> z = stackalloc float[SynthSaeBenchModel.Block];
        for (int first = 0; first < model.BlockHeads.Length; first += SynthSaeBenchModel.Block)
        {
            ReadOnlySpan<float> loadings =
                model.BlockLoadings.Span.Slice(first * this.rank, this.rank * SynthSaeBenchModel.Block);
            ReadOnlySpan<float> offsets = model.BlockOffsets.Span.Slice(first, SynthSaeBenchModel.Block);
            ReadOnlySpan<int> heads = model.BlockHeads.AsSpan(first, SynthSaeBenchModel.Block);
            foreach (SynthSaeBenchRow row in rows)
            {
                AffineForms.Evaluate(loadings, offsets, row.Hidden, z);
                DrawBlock(row, heads, z);
            }
        }

        foreach (SynthSaeBenchRow row in rows)
        {
            DrawDescendants(row);
            row.Code.Add(row.Free, 0, row.Free.Count);
        }
    }

    /// <summary>Draws the roots, which are frequent, one by one.</summary>
    private void DrawRoots(SynthSaeBenchRow row)
    {
        RowScores scores = row.ScoresOf(model.RootLanes);
        AffineForms.Evaluate(model.RootLoadings.Span, model.RootOffsets.Span, row.Hidden, scores.Z);
        scores.Draw(row.Random);
        for (int root = 0; root < model.Options.Roots; root++)
        {
            if (scores.IsPassed(root))
            {
                Add(row, root, 1, row.Code);
            }
        }
    }

    /// <summary>
    /// Draws features without a family. Candidates come with the probability that bounds a group's, as the failures
    /// before a success do, and each is kept with its own over the bound's.
    /// </summary>
    private void DrawBlock(SynthSaeBenchRow row, ReadOnlySpan<int> heads, ReadOnlySpan<float> z)
    {
        Span<int> bounds = stackalloc int[SynthSaeBenchModel.Groups];
        Bounds(z, bounds);
        double all = SynthSaeBenchModel.Group * NormalTable.HazardOf(bounds);
        double wait = row.Wait;
        if (wait >= all)
        {
            row.Wait = wait - all;
            return;
        }

        for (int group = 0; group < bounds.Length; group++)
        {
            double hazard = SynthSaeBenchModel.Group * NormalTable.HazardOf(bounds[group]);
            wait = wait >= hazard
                ? wait - hazard
                : DrawGroup(row, wait, bounds[group], heads[group..], z[group..]);
        }

        row.Wait = wait;
    }

    /// <summary>Draws one group and returns what is left of the wait for the next candidate.</summary>
    private double DrawGroup(
        SynthSaeBenchRow row, double wait, int bound, ReadOnlySpan<int> heads, ReadOnlySpan<float> z)
    {
        double hazard = NormalTable.HazardOf(bound);
        double probability = NormalTable.ProbabilityOf(bound);
        int next = 0;
        double failures = wait / hazard;
        while (failures < SynthSaeBenchModel.Group - next)
        {
            next += (int)failures;
            int lane = next * SynthSaeBenchModel.Groups;
            if (NormalTable.IsBelow(row.Random.NextDouble() * probability, z[lane]))
            {
                Add(row, heads[lane], 1, row.Free);
            }

            next++;
            wait = row.Random.NextExponential();
            failures = wait / hazard;
        }

        return next < SynthSaeBenchModel.Group ? wait - ((SynthSaeBenchModel.Group - next) * hazard) : wait;
    }

    /// <summary>Appends generation after generation; each ascends as its parents do, so the code is sorted.</summary>
    private void DrawDescendants(SynthSaeBenchRow row)
    {
        ActiveFeatures code = row.Code;
        int end = code.Count;
        for (int first = 0; first < end && code.Features[first] < model.Parents;)
        {
            // All scores before the first draw: nothing waits for the branches between, and their latencies overlap.
            RowScores scores = row.ScoresOf((end - first) * model.FamilyLanes);
            Evaluate(row.Hidden, code.Features[first..end], scores.Z);
            scores.Draw(row.Random);
            for (int parent = first; parent < end; parent++)
            {
                DrawChildren(row, parent, scores, (parent - first) * model.FamilyLanes);
            }

            first = end;
            end = code.Count;
        }
    }

    /// <summary>z of the children of some parents.</summary>
    private void Evaluate(ReadOnlySpan<float> hidden, ReadOnlySpan<int> parents, Span<float> z)
    {
        int quads = model.FamilyLanes / 4;
        ref Vector4 result = ref Unsafe.As<float, Vector4>(ref MemoryMarshal.GetReference(z));
        ref float point = ref MemoryMarshal.GetReference(hidden);
        foreach (int parent in parents)
        {
            nint place = (nint)parent * model.FamilyLanes;
            ref Vector4 loading = ref Unsafe.As<float, Vector4>(
                ref Unsafe.Add(ref MemoryMarshal.GetReference(model.FamilyLoadings.Span), place * hidden.Length));
            for (int quad = 0; quad < quads; quad++)
            {
                Vector4 even = -new Vector4(model.FamilyOffsets.AsSpan((int)place + (4 * quad)));
                Vector4 odd = Vector4.Zero;
                int k = 0;
                for (; k < hidden.Length - 1; k += 2)
                {
                    Vector4 factor = new(Unsafe.Add(ref point, k));
                    even = Vector4.FusedMultiplyAdd(factor, Unsafe.Add(ref loading, (k * quads) + quad), even);
                    factor = new(Unsafe.Add(ref point, k + 1));
                    odd = Vector4.FusedMultiplyAdd(factor, Unsafe.Add(ref loading, ((k + 1) * quads) + quad), odd);
                }

                if (k < hidden.Length)
                {
                    Vector4 factor = new(Unsafe.Add(ref point, k));
                    even = Vector4.FusedMultiplyAdd(factor, Unsafe.Add(ref loading, (k * quads) + quad), even);
                }

                result = even + odd;
                result = ref Unsafe.Add(ref result, 1);
            }
        }
    }

    private void DrawChildren(SynthSaeBenchRow row, int parent, RowScores scores, int place)
    {
        ActiveFeatures code = row.Code;
        int before = code.Count;
        int feature = code.Features[parent];
        for (int child = 0; child < model.Options.Children; child++)
        {
            if (scores.IsPassed(place + child))
            {
                float strength = code.Values[parent] / model.Strengths[feature].Mean;
                Add(row, model.FirstChild[feature] + child, strength, code);
            }
        }

        int siblings = code.Count - before;
        if (siblings > 1)
        {
            code.KeepOne(before, before + row.Random.NextInt32(siblings));
        }
    }

    private void Add(SynthSaeBenchRow row, int feature, float factor, ActiveFeatures active)
    {
        (float mean, float deviation) = model.Strengths[feature];
        float value = (float)(mean + (deviation * row.Random.NextNormal())) * factor;
        if (value > 0)
        {
            active.Add(feature, value);
        }
    }

    /// <summary>For each group an entry whose probability bounds those of its members.</summary>
    private static void Bounds(ReadOnlySpan<float> z, Span<int> bounds)
    {
        const int Members = SynthSaeBenchModel.Groups;
        ref float first = ref MemoryMarshal.GetReference(z);
        for (int lane = 0; lane < bounds.Length; lane += Vector<float>.Count)
        {
            ref float of = ref Unsafe.Add(ref first, lane);
            Vector<float> even = Vector.LoadUnsafe(ref of);
            Vector<float> odd = Vector.LoadUnsafe(ref of, Members);
            for (nuint member = 2; member < SynthSaeBenchModel.Group; member += 2)
            {
                even = Vector.Max(even, Vector.LoadUnsafe(ref of, member * Members));
                odd = Vector.Max(odd, Vector.LoadUnsafe(ref of, (member + 1) * Members));
            }

            NormalTable.AtLeast(Vector.Max(even, odd)).CopyTo(bounds[lane..]);
        }
    }
}
