namespace SaeKernels.Abstractions;

/// <summary>A device is not there, cannot do what is asked of it, or failed.</summary>
public sealed class DeviceException : Exception
{
    /// <summary>Reports a fault without details.</summary>
    public DeviceException()
    {
    }

    /// <summary>Reports a fault.</summary>
    /// <param name="message">Where it happened, what must hold, what was found, and how to mend it.</param>
    public DeviceException(string message)
        : base(message)
    {
    }

    /// <summary>Reports a fault that a driver or library raised.</summary>
    /// <param name="message">Where it happened, what must hold, what was found, and how to mend it.</param>
    /// <param name="innerException">What the driver or library raised.</param>
    public DeviceException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
