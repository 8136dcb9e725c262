namespace SaeKernels.Abstractions;

/// <summary>A moment of a device's work.</summary>
public abstract class DeviceMark : IDisposable
{
    /// <summary>Waits for both marks and returns the seconds between them.</summary>
    /// <param name="earlier">A mark that the same backend made before this one.</param>
    /// <exception cref="ArgumentException">The other mark is of another backend.</exception>
    public abstract double SecondsSince(DeviceMark earlier);

    /// <summary>Frees what the device keeps for the mark.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the device keeps for the mark.</summary>
    /// <param name="disposing">Whether managed members may still be used.</param>
    protected abstract void Dispose(bool disposing);
}
