using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using SaeKernels.Numerics;

namespace SaeKernels.Data;

/// <summary>Draws the features of families: the roots, and children of those that are active.</summary>
internal sealed class FamilyDraws(SynthSaeBenchModel model)
{
    // Four variables of four children fill a cache line.
    private const int Lanes = 16;
    private const int Quad = 4;

    /// <summary>Draws the roots, which are frequent, one by one.</summary>
    /// <param name="row">The row; its code receives them.</param>
    public void DrawRoots(SynthSaeBenchRow row)
    {
        Span<float> z = row.ScoresOf(model.RootLanes);
        AffineForms.Evaluate(model.RootLoadings.Span, model.RootOffsets.Span, row.Hidden, z);
        int roots = model.Options.Roots;
        for (int first = 0; first < roots; first += FiringMask.Lanes)
        {
            ulong mask = FiringMask.Draw(row.Random, z[first..], Math.Min(FiringMask.Lanes, roots - first));
            for (; mask != 0; mask &= mask - 1)
            {
                int root = first + BitOperations.TrailingZeroCount(mask);
                _ = row.Add(row.Code, root, model.Strengths[root], 1);
            }
        }
    }

    /// <summary>Appends generation after generation; each ascends as its parents do, so a code is sorted.</summary>
    /// <param name="rows">The rows; their codes have the roots.</param>
    public void DrawDescendants(ReadOnlySpan<SynthSaeBenchRow> rows)
    {
        foreach (SynthSaeBenchRow row in rows)
        {
            row.Parents = 0..row.Code.Count;
        }

        for (int generation = 0; generation < model.Options.Depth; generation++)
        {
            // All scores before the first draw: nothing waits for the branches between, and their misses overlap.
            foreach (SynthSaeBenchRow row in rows)
            {
                ReadOnlySpan<int> parents = row.Code.Features[row.Parents];
                Evaluate(row.Spread, parents, row.ScoresOf(parents.Length * model.FamilyLanes));
            }

            foreach (SynthSaeBenchRow row in rows)
            {
                DrawGeneration(row);
            }
        }
    }

    private void DrawGeneration(SynthSaeBenchRow row)
    {
        int parentsAtOnce = FiringMask.Lanes / model.FamilyLanes;
        (int first, int end) = (row.Parents.Start.Value, row.Parents.End.Value);
        ReadOnlySpan<float> z = row.ScoresOf((end - first) * model.FamilyLanes);
        for (int parent = first; parent < end; parent += parentsAtOnce, z = z[FiringMask.Lanes..])
        {
            int lanes = Math.Min(parentsAtOnce, end - parent) * model.FamilyLanes;
            DrawChildren(row, parent, FiringMask.Draw(row.Random, z, lanes));
        }

        row.Parents = end..row.Code.Count;
    }

    /// <summary>z of the children of some parents: four children times four variables in a product.</summary>
    private void Evaluate(ReadOnlySpan<float> spread, ReadOnlySpan<int> parents, Span<float> z)
    {
        int quads = model.FamilyLanes / Quad;
        int steps = model.FamilySteps;
        ref float point = ref MemoryMarshal.GetReference(spread);
        ref float loadings = ref MemoryMarshal.GetReference(model.FamilyLoadings.Span);
        ref float offsets = ref MemoryMarshal.GetArrayDataReference(model.FamilyOffsets);
        ref float result = ref MemoryMarshal.GetReference(z);
        foreach (int parent in parents)
        {
            for (int quad = 0; quad < quads; quad++)
            {
                nint place = ((nint)parent * quads) + quad;
                ref float loading = ref Unsafe.Add(ref loadings, place * steps * Lanes);
                Vector512<float> sums = Vector512<float>.Zero;
                for (int step = 0; step < steps; step++)
                {
                    nuint line = (nuint)step * Lanes;
                    sums = Vector512.FusedMultiplyAdd(
                        Vector512.LoadUnsafe(ref point, line), Vector512.LoadUnsafe(ref loading, line), sums);
                }

                Vector256<float> halves = sums.GetLower() + sums.GetUpper();
                Vector128<float> offset = Vector128.LoadUnsafe(ref offsets, (nuint)place * Quad);
                (halves.GetLower() + halves.GetUpper() - offset).StoreUnsafe(ref result);
                result = ref Unsafe.Add(ref result, Quad);
            }
        }
    }

    /// <summary>Draws the children of some parents of whom it is known who fires.</summary>
    private void DrawChildren(SynthSaeBenchRow row, int firstParent, ulong mask)
    {
        ulong family = (1UL << model.FamilyLanes) - 1;
        while (mask != 0)
        {
            int skipped = BitOperations.TrailingZeroCount(mask) / model.FamilyLanes;
            int shift = skipped * model.FamilyLanes;
            DrawOneOf(row, firstParent + skipped, (uint)((mask >> shift) & family));
            mask &= ~(family << shift);
        }
    }

    /// <summary>
    /// Keeps one of the children that fire with a strength above 0, each equally likely: the first such one in a
    /// random order, so strengths of the others are not drawn.
    /// </summary>
    private void DrawOneOf(SynthSaeBenchRow row, int parent, uint firing)
    {
        int feature = row.Code.Features[parent];
        int firstChild = model.FirstChild[feature];
        float factor = row.Code.Values[parent] / model.Strengths[feature].Mean;
        while (firing != 0)
        {
            int count = BitOperations.PopCount(firing);
            uint from = firing;
            for (int skip = count == 1 ? 0 : row.Random.NextInt32(count); skip > 0; skip--)
            {
                from &= from - 1;
            }

            int child = BitOperations.TrailingZeroCount(from);
            if (row.Add(row.Code, firstChild + child, model.Strengths[firstChild + child], factor))
            {
                return;
            }

            firing &= ~(1u << child);
        }
    }
}
