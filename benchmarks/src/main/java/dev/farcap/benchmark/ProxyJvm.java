package dev.farcap.benchmark;

import com.sun.management.ThreadMXBean;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import javax.management.MBeanServerConnection;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/// Looks into the Java machine of another process of this user. It costs that process some memory
/// and threads, so whatever concerns its size as a whole is measured elsewhere.
final class ProxyJvm implements AutoCloseable {
  private final JMXConnector connector;
  private final ThreadMXBean threads;
  private final MemoryMXBean memory;
  private final MBeanServerConnection server;

  private ProxyJvm(JMXConnector connector) throws IOException {
    this.connector = connector;
    server = connector.getMBeanServerConnection();
    threads = proxy(ManagementFactory.THREAD_MXBEAN_NAME, ThreadMXBean.class);
    memory = proxy(ManagementFactory.MEMORY_MXBEAN_NAME, MemoryMXBean.class);
  }

  private <T> T proxy(String name, Class<T> type) throws IOException {
    return ManagementFactory.newPlatformMXBeanProxy(server, name, type);
  }

  @SuppressWarnings(
      "BanJNDI") // The address is that of a process of this user, not a name to look up.
  static ProxyJvm of(ProcessHandle process) {
    try {
      VirtualMachine machine = VirtualMachine.attach(Long.toString(process.pid()));
      try {
        JMXServiceURL url = new JMXServiceURL(machine.startLocalManagementAgent());
        return new ProxyJvm(JMXConnectorFactory.connect(url));
      } finally {
        machine.detach();
      }
    } catch (IOException | AttachNotSupportedException e) {
      throw new IllegalStateException("cannot look into process " + process.pid() + ": " + e, e);
    }
  }

  /// Bytes that all threads have allocated on the heap since the start.
  long allocatedBytes() {
    return threads.getTotalThreadAllocatedBytes();
  }

  /// Bytes of heap that are in use after a collection, and of direct buffers.
  long heldBytes() {
    memory.gc();
    try {
      BufferPoolMXBean direct =
          proxy("java.nio:type=BufferPool,name=direct", BufferPoolMXBean.class);
      return memory.getHeapMemoryUsage().getUsed() + direct.getMemoryUsed();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    try {
      connector.close();
    } catch (IOException _) {
      // The process has ended.
    }
  }
}
