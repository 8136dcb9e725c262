using ILGPU;
using ILGPU.Runtime;

namespace SaeKernels.Ilgpu;

/// <summary>Copies memory in pieces of 16 bytes: what the device's memory moves when nothing is computed.</summary>
internal sealed class MemoryStreams(KernelDevice device)
{
    private readonly Kernel<Parameters> copy = new(device, CopyPieces);
    private readonly Kernel<Parameters> update = new(device, UpdatePieces);

    /// <summary>Enqueues a copy of one half of a view to the other half; returns the bytes read and written.</summary>
    public double Copy(ArrayView<float> view) => Launch(this.copy, view);

    /// <summary>Enqueues the driver's copy of one half of a view to the other; returns the bytes of both.</summary>
    public double CopyByDriver(ArrayView<float> view)
    {
        long half = view.Length / 2;
        view.SubView(0, half).CopyTo(device.Stream, view.SubView(half, half));
        return 2.0 * half * sizeof(float);
    }

    /// <summary>Enqueues a pass that reads and writes every element in place; returns the bytes of both.</summary>
    public double Update(ArrayView<float> view)
    {
        double bytes = Launch(this.update, view);
        return 2 * bytes;
    }

    private double Launch(Kernel<Parameters> kernel, ArrayView<float> view)
    {
        long half = view.Length / 8 * 4;
        Parameters parameters = new()
        {
            Source = view.SubView(0, half).Cast<Quad>(),
            Target = view.SubView(half, half).Cast<Quad>(),
        };
        kernel.Launch(device.GroupsOfElements(half / 4), device.GroupSize, parameters);
        return 2.0 * half * sizeof(float);
    }

    private static void CopyPieces(Parameters p)
    {
        long threads = (long)Grid.DimX * Group.DimX;
        for (long i = ((long)Grid.IdxX * Group.DimX) + Group.IdxX; i < p.Source.Length; i += threads)
        {
            p.Target[i] = p.Source[i];
        }
    }

    private static void UpdatePieces(Parameters p)
    {
        long threads = (long)Grid.DimX * Group.DimX;
        for (long i = ((long)Grid.IdxX * Group.DimX) + Group.IdxX; i < p.Source.Length; i += threads)
        {
            Quad a = p.Source[i];
            Quad b = p.Target[i];
            p.Source[i] = new Quad { X = a.X + b.X, Y = a.Y + b.Y, Z = a.Z + b.Z, W = a.W + b.W };
            p.Target[i] = new Quad { X = a.X - b.X, Y = a.Y - b.Y, Z = a.Z - b.Z, W = a.W - b.W };
        }
    }

    internal struct Parameters
    {
        public ArrayView<Quad> Source;
        public ArrayView<Quad> Target;
    }

    /// <summary>Four numbers that are loaded and stored at once.</summary>
    internal struct Quad
    {
        public float X;
        public float Y;
        public float Z;
        public float W;
    }
}
