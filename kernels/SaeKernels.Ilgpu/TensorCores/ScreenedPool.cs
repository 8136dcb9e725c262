using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// What may reach the least order of its latent: one list for each job, in whatever order it was found. A list that is
/// too short says so, and float32 does it all.
/// </summary>
internal struct ScreenedPool : IScreen<ScreenedPool>
{
    /// <summary>[jobs, <see cref="Capacity"/>] slot and latent within the job.</summary>
    public ArrayView<uint> Places;

    /// <summary>[jobs, <see cref="Capacity"/>] lower bounds; of a mode without proof the sums.</summary>
    public ArrayView<float> Values;

    /// <summary>[jobs] candidates in each list.</summary>
    public ArrayView<int> Lengths;

    /// <summary>[1] whether a list was too short.</summary>
    public ArrayView<int> Overflow;

    /// <summary>The least order of each latent, or of all where <see cref="BoundStride"/> is 0.</summary>
    public ArrayView<uint> Bounds;
    public int BoundStride;
    public int Capacity;

    public static void Offer(ScreenedPool self, TileJob job, ScreenedValue value, ScreenState state)
    {
        uint bound = self.Bounds[(long)value.Latent * self.BoundStride];
        if (value.IsTrusted == 0 || PreActivationOrder.Of(value.Upper) >= bound)
        {
            int number = Atomic.Add(ref state.Lengths[0], 1);
            if (number < self.Capacity)
            {
                long place = ((long)job.Index * self.Capacity) + number;
                self.Places[place] = ((uint)(value.Latent - job.FirstLatent) * TileJob.Slots) + (uint)value.Slot;
                self.Values[place] = value.Lower;
            }
        }
    }

    public static void Tidy(ScreenedPool self, TileJob job, ScreeningLatents latents, ScreenState state)
    {
    }

    public static void End(ScreenedPool self, TileJob job, ScreenState state)
    {
        if (Group.IdxX == 0)
        {
            int length = state.Lengths[0];
            self.Lengths[job.Index] = IntrinsicMath.Min(length, self.Capacity);
            if (length > self.Capacity)
            {
                self.Overflow[0] = 1;
            }
        }
    }

    /// <summary>The latent of a candidate.</summary>
    public static int LatentOf(TileJob job, uint place) => job.FirstLatent + (int)(place / TileJob.Slots);

    /// <summary>The row of a candidate.</summary>
    public static int RowOf(TileJob job, uint place) => job.FirstRow + (int)(place % TileJob.Slots);
}
