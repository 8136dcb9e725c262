using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   Bᵀ = A
/// Work       none
/// Traffic    8 · rows · columns bytes, one side of them gathered
/// Launch     threads take numbers in turns
/// Shared     none        Barriers  none
/// Order      elementwise; deterministic
/// Error      none
/// Source     –
/// </summary>
internal sealed class TransposedCopy(KernelDevice device)
{
    private readonly Kernel<Parameters> kernel = new(device, Transpose);

    /// <summary>Enqueues the copy of a matrix [rows, columns] as one of [columns, rows].</summary>
    public void Launch(ArrayView<float> source, ArrayView<float> target, int rows, int columns)
    {
        Parameters parameters = new() { Source = source, Target = target, Rows = rows, Columns = columns };
        this.kernel.Launch(device.GroupsOfElements((long)rows * columns), device.GroupSize, parameters);
    }

    private static void Transpose(Parameters p)
    {
        long length = (long)p.Rows * p.Columns;
        long step = (long)Grid.DimX * Group.DimX;
        for (long i = ((long)Grid.IdxX * Group.DimX) + Group.IdxX; i < length; i += step)
        {
            p.Target[i] = p.Source[(i % p.Rows * p.Columns) + (i / p.Rows)];
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> Source;
        public ArrayView<float> Target;
        public int Rows;
        public int Columns;
    }
}
